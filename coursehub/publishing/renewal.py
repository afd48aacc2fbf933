"""Start a new offering from a content that was cloned."""

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.courses.models import Capability, Change, Offering, Role
from coursehub.courses.services import create_roles, enroll
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.errors import PublishingRefused
from coursehub.publishing.services import apply


class AddressTaken(PublishingRefused):
    """Another offering has this address already. Choose another one."""


class TermTaken(PublishingRefused):
    """This course has an offering in this term already. Give the new one a section, or choose another term."""


@transaction.atomic
def start_offering(content: OfferingContent, *, cloned_from: Offering, by: User) -> Offering:
    """Make the draft, with the person who asked for it as one who may edit it.

    Raises ``AddressTaken``, ``TermTaken`` or what ``apply`` raises.
    """
    file = content.offering
    if Offering.objects.filter(slug=file.slug).exists():
        raise AddressTaken
    same = Offering.objects.filter(
        course=cloned_from.course, term__code=file.term.code, term__organization=cloned_from.course.organization
    )
    if same.filter(section_label=file.section).exists():
        raise TermTaken
    made = apply(content, by=by, source=Change.Source.CLONE, expected_version=None).offering
    Offering.objects.filter(pk=made.pk).update(cloned_from=cloned_from)
    create_roles(made)
    editor = (
        Role.objects.filter(offering=made, capabilities__capability=Capability.EDIT_COURSE).order_by("sort").first()
    )
    if editor is not None:
        enroll(made, user=by, role=editor.key)
    made.refresh_from_db()
    return made
