"""From a roster to a plan: who is who, what is new, and what nobody may do by a file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from coursehub.accounts.models import User
from coursehub.courses.access import capabilities_of
from coursehub.courses.models import ExternalIdentity, Offering
from coursehub.participation.models import TeamSet
from grading.gradebook.imports.notes import asked, notes_of, stops
from grading.gradebook.imports.people import DROPPED, OF_STUDENTS, Known, Roles, is_unused, known_people
from grading.gradebook.imports.plans import Choices, Note, PersonChange, PersonFacts, Question, RosterPlan
from grading.interchange.names import canonical_id
from grading.interchange.problems import listed, quoted
from grading.interchange.roster_dialects import Dialect
from grading.interchange.roster_rows import RosterRole, RosterRow, RosterStatus
from grading.interchange.rosters import Roster, read_roster
from grading.interchange.tables import read_sheet

MOST_DROPPED_PERCENT = 20
"""A full sync that drops more of the students than this stops, unless somebody says that it is meant."""
# The role that stands in for one that an offering does not have: never one that may do more.
_STAND_INS = {RosterRole.HEAD_TA: "ta", RosterRole.COURSE_ASSISTANT: "grader"}
_SYSTEMS = frozenset(ExternalIdentity.System.values)
_Ids = Mapping[str, str]


def plan_roster(offering: Offering, files: Sequence[bytes], choices: Choices, *, by: User) -> RosterPlan:
    """Return what a roster would change. Raises ``Unreadable``. The number of queries is fixed."""
    roster = read_roster(*files, mapping=choices.columns, teamset=choices.teamset or "teams", course=choices.course)
    if roster.dialect is None:
        return RosterPlan(problems=notes_of(roster.problems), questions=asked(read_sheet(files[0]), roster.suggestion))
    header_line = read_sheet(files[0]).header_line
    return _Planning(offering, roster, choices, by=by, header_line=header_line).plan()


class _Planning:
    """One roster against one offering."""

    def __init__(self, offering: Offering, roster: Roster, choices: Choices, *, by: User, header_line: int) -> None:
        self.offering, self.roster, self.choices, self.by = offering, roster, choices, by
        self.header_line = header_line
        self.known = known_people(offering)
        self.roles = Roles(offering)
        self.may = {capability.value for capability in capabilities_of(by, offering)}
        sets = TeamSet.objects.filter(offering=offering)
        self.sets = {name.casefold(): row.key for row in sets for name in (row.title, row.key)}
        self.problems: list[Note] = list(notes_of(roster.problems))
        self.warnings: list[Note] = list(notes_of(roster.warnings))
        self.people = _People(offering, self.known, roster.rows)

    def plan(self) -> RosterPlan:
        changes = [change for row in self.roster.rows if (change := self._change(row)) is not None]
        changes = self._once_each(changes)
        students = [one for one in self.known if self._is_active_student(one.facts)]
        dropped: list[PersonChange] = []
        if self.choices.sync:
            named = {change.user for change in changes} | self.people.named
            dropped = [_drop(one) for one in students if one.user.pk not in named]
        return RosterPlan(
            dialect=self.roster.dialect or "", changes=(*changes, *dropped), students=len(students),
            dropped=len(dropped), problems=tuple(sorted(self.problems, key=lambda note: note.line)),
            warnings=tuple(sorted(self.warnings, key=lambda note: note.line)), ignored=self.roster.ignored,
            is_stopped=stops(self.problems, header_line=self.header_line),
            asks_teamset=self.roster.dialect is Dialect.CANVAS_GROUPS, questions=self._asked_again(),
        )  # fmt: skip

    def _asked_again(self) -> tuple[Question, ...]:
        if self.roster.dialect is not Dialect.MAPPED:
            return ()
        columns = self.choices.columns or {}
        return tuple(Question(heading=name, suggestion=columns.get(name, "")) for name in self.roster.header if name)

    def _change(self, row: RosterRow) -> PersonChange | None:
        ways = self.people.found(row)
        if len(ways) > 1:
            self._problem(row, f"is of one person by {ways[0][0]} and of another by {ways[1][0]}. Correct the line.")
            return None
        user = ways[0][1] if ways else None
        known = self.people.known_by_user.get(user.pk) if user else None
        if user and row.email and user.email != row.email:
            self._warning(row, f"has another e-mail address than the account, which keeps {quoted(user.email)}.")
        if user is None and not row.email:
            self._problem(row, f"is of {quoted(row.key)}, whom nobody here has. Add an e-mail address to invite them.")
            return None
        before = known.facts if known else None
        base = before or PersonFacts(
            name=user.legal_name if user else "", preferred_name=user.preferred_name if user else "",
            ids=self.people.ids_of(user),
        )  # fmt: skip
        roles = self._roles(row, before)
        if roles is None or not self._may_write(row, user, known, roles):
            return None
        ids = self._ids(row, base, user)
        if ids is None:
            return None
        name, preferred = self._names(row, user, base)
        after = base.model_copy(
            update={
                "name": name, "preferred_name": preferred, "roles": roles,
                "status": DROPPED if row.status is RosterStatus.DROPPED else "active",
                "time_factor": base.time_factor if row.time_factor is None else round(row.time_factor, 2).normalize(),
                "sections": _names_in(row.section) or base.sections, "cohorts": _names_in(row.cohort) or base.cohorts,
                "teams": self._teams(row, base), "ids": ids,
            }
        )  # fmt: skip
        email = user.email if user else row.email
        if before is None and after.status == DROPPED:
            self._warning(row, f"names {quoted(email)} as dropped, who is not here. Nobody is added.")
            return None
        return PersonChange(
            line=row.line, email=email, user=user.pk if user else None, before=before, after=after, ids_before=base.ids
        )  # fmt: skip

    def _roles(self, row: RosterRow, before: PersonFacts | None) -> tuple[str, ...] | None:
        role = row.role
        if row.status is RosterStatus.AUDIT and role is RosterRole.STUDENT:
            role = RosterRole.AUDITOR
        if before and role in {RosterRole.STUDENT, RosterRole.AUDITOR} and self.roles.is_staff(before):
            self._warning(row, f"would make {quoted(before.name)}, who is staff, a {role.value}. The role stays.")
            return before.roles
        key = role.value if role.value in self.roles.by_key else _STAND_INS.get(role, "")
        if before and key in before.roles:
            return before.roles
        if key not in self.roles.by_key:
            self._problem(row, f"has the role {role.value}, which this course does not have.")
            return None
        if key != role.value:
            self._warning(row, f"has the role {role.value}, which this course does not have: {key} is taken.")
        return (key,)

    def _may_write(self, row: RosterRow, user: User | None, known: Known | None, roles: Iterable[str]) -> bool:
        had = set(known.facts.roles) if known else set()
        given = {capability for key in set(roles) - had for capability in self.roles.may.get(key, ())}
        if beyond := given - self.may - OF_STUDENTS:
            self._problem(row, f"gives a role that may do more than you ({', '.join(sorted(beyond))}). Ask who may.")
            return False
        is_dropped = row.status is RosterStatus.DROPPED
        if user is not None and user.pk == self.by.pk and (is_dropped or set(roles) != had):
            self._problem(row, "is you: another person has to change your role or drop you.")
            return False
        return True

    def _names(self, row: RosterRow, user: User | None, base: PersonFacts) -> tuple[str, str]:
        name = f"{row.first_name} {row.last_name}".strip()
        if user is not None and not is_unused(user):
            if name and name != base.name:
                self._warning(row, f"has the name {quoted(name)}; the account keeps {quoted(base.name)}.")
            return base.name, base.preferred_name
        return name[:150] or base.name or row.key, row.preferred_name[:150] or base.preferred_name

    def _ids(self, row: RosterRow, base: PersonFacts, user: User | None) -> dict[str, str] | None:
        said = {system: value for system, value in (("sis", row.student_id), ("login", row.login_id)) if value}
        for system, value in row.ids.items():
            if system.casefold() in _SYSTEMS:
                said[system.casefold()] = value
            else:
                self._warning(row, f"has an id of {quoted(system)}, which is not kept here.")
        ids = dict(base.ids)
        for system, value in said.items():
            if len(value) > 120:
                self._problem(row, f"has an id of more than 120 characters: {quoted(value)}. Shorten it.")
                return None
            owner = self.people.owner_of(system, value)
            if owner is not None and (user is None or owner != user.pk):
                self._problem(row, f"has {quoted(value)}, which another account here has. Correct one of them.")
                return None
            # Zeros in front are what spreadsheets drop; the longer form is the true one.
            if canonical_id(ids.get(system, "")) != canonical_id(value) or len(value) > len(ids.get(system, "")):
                ids[system] = value
        return ids

    def _teams(self, row: RosterRow, base: PersonFacts) -> dict[str, str]:
        teams = dict(base.teams)
        for name, team in row.teams.items():
            if key := self.sets.get(name.casefold()):
                teams[key] = team[:120]
            else:
                known = ", ".join(sorted(set(self.sets.values()))) or "none yet"
                self._warning(row, f"names a set of teams {quoted(name)} that is not here. There are: {known}.")
        return teams

    def _once_each(self, changes: Sequence[PersonChange]) -> list[PersonChange]:
        lines: dict[str, list[PersonChange]] = defaultdict(list)
        for change in changes:
            lines[change.email].append(change)
        for same in lines.values():
            if len(same) > 1:
                numbers = listed([change.line for change in same])
                sentence = f"Lines {numbers} are of {quoted(same[0].email)}: keep one of them."
                self.problems.append(Note(line=same[1].line, sentence=sentence))
        return [same[0] for same in lines.values() if len(same) == 1]

    def _is_active_student(self, facts: PersonFacts) -> bool:
        return facts.status != DROPPED and self.roles.is_student(facts)

    def _problem(self, row: RosterRow, rest: str) -> None:
        self.problems.append(Note(line=row.line, sentence=f"Line {row.line} {rest}"))

    def _warning(self, row: RosterRow, rest: str) -> None:
        self.warnings.append(Note(line=row.line, sentence=f"Line {row.line} {rest}"))


class _People:
    """Accounts by everything that a line can call them. An id of the organization counts, whatever the course."""

    def __init__(self, offering: Offering, known: Sequence[Known], rows: Sequence[RosterRow]) -> None:
        self.known_by_user = {one.user.pk: one for one in known}
        emails = {row.email for row in rows if row.email}
        values = {form for row in rows for value in _ids_of(row).values() for form in (value, canonical_id(value))}
        identities = ExternalIdentity.objects.filter(
            organization=offering.course.organization_id, value__in=values
        ).select_related("user")
        users = {one.user.pk: one.user for one in known}
        self._by_id: dict[tuple[str, str], int] = {}
        self._ids: dict[int, dict[str, str]] = defaultdict(dict)
        for one in known:
            for system, value in one.facts.ids.items():
                self._by_id[system, canonical_id(value)] = one.user.pk
        for identity in identities:
            users[identity.user_id] = identity.user
            self._by_id.setdefault((identity.system, canonical_id(identity.value)), identity.user_id)
        users |= {user.pk: user for user in User.objects.filter(email__in=emails)}
        strangers = ExternalIdentity.objects.filter(
            organization=offering.course.organization_id, user__in=users.keys() - self.known_by_user.keys()
        )
        for user, system, value in strangers.values_list("user_id", "system", "value"):
            self._ids[user][system] = value
        self._users = users
        self._by_email = {user.email: user for user in users.values()}
        self.named: set[int] = set()
        """Everybody whom any line names, those with a problem too: they are in the file."""

    def found(self, row: RosterRow) -> list[tuple[str, User]]:
        """Return by what a line names an account, and whom; of two accounts it gives two ways, which contradict."""
        ways = [
            (word, self._users[pk])
            for (system, value), word in zip(_ids_of(row).items(), _ids_words(row), strict=True)
            if (pk := self._by_id.get((system, canonical_id(value)))) is not None
        ]
        if row.email in self._by_email:
            ways.append(("the e-mail address", self._by_email[row.email]))
        self.named |= {user.pk for _, user in ways}
        others = [way for way in ways if way[1].pk != ways[0][1].pk]
        return [*ways[:1], *others[:1]]

    def owner_of(self, system: str, value: str) -> int | None:
        """Return whose id this is."""
        return self._by_id.get((system, canonical_id(value)))

    def ids_of(self, user: User | None) -> dict[str, str]:
        """Return the ids that somebody has from other courses."""
        return dict(self._ids.get(user.pk, {})) if user else {}


def _ids_of(row: RosterRow) -> dict[str, str]:
    ids = {"sis": row.student_id, "login": row.login_id} | {
        system.casefold(): value for system, value in row.ids.items() if system.casefold() in _SYSTEMS
    }
    return {system: value for system, value in ids.items() if value}


def _ids_words(row: RosterRow) -> list[str]:
    return [f"the {ExternalIdentity.System(system).label}" for system in _ids_of(row)]


def _names_in(text: str) -> tuple[str, ...]:
    """Return the groups that a cell names: the enrolments of Canvas and Gradescope give several, with commas."""
    return tuple(dict.fromkeys(name.strip()[:100] for name in text.split(",") if name.strip()))


def _drop(one: Known) -> PersonChange:
    after = one.facts.model_copy(update={"status": DROPPED})
    return PersonChange(line=0, email=one.user.email, user=one.user.pk, before=one.facts, after=after)
