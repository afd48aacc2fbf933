"""What a field of a course's file may hold, and the base of everything in one."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator


def _clock(value: object) -> object:
    # People write 9:15.
    return f"0{value}" if isinstance(value, str) and value[1:2] == ":" else value


def _timezone(name: str) -> str:
    if name not in available_timezones():
        message = f"{name} is not a time zone; write a name such as Europe/Paris or America/New_York"
        raise ValueError(message)
    return name


def _tidy(text: str) -> str:
    # What editors and browsers add or leave out without anybody meaning it.
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _shortest(number: Decimal) -> Decimal:
    # 40 and 40.0000, which is how a database gives it back, are written alike.
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


KEY = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$"
Key = Annotated[str, Field(pattern=KEY, max_length=60)]
LongKey = Annotated[str, Field(pattern=KEY, max_length=80)]
ShortKey = Annotated[str, Field(pattern=KEY, max_length=20)]
Clock = Annotated[dt.time, BeforeValidator(_clock)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
LongTitle = Annotated[str, Field(min_length=1, max_length=300)]
ShortTitle = Annotated[str, Field(min_length=1, max_length=120)]
Name = Annotated[str, Field(min_length=1, max_length=150)]
Words = Annotated[str, Field(max_length=120)]
Sentence = Annotated[str, Field(max_length=300)]
Url = Annotated[str, Field(max_length=500, pattern=r"^(?:https?://\S+)?$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^(?:[^@\s]+@[^@\s]+\.[^@\s]+)?$")]
Timezone = Annotated[str, Field(max_length=64), AfterValidator(_timezone)]
Text = Annotated[str, AfterValidator(_tidy)]
Body = Text
Count = Annotated[int, Field(ge=0, le=32767)]
Weight = Annotated[Decimal, Field(ge=0, max_digits=7, decimal_places=4), AfterValidator(_shortest)]
Points = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4), AfterValidator(_shortest)]
Letter = Annotated[str, Field(pattern=r"^\S(?:.{0,10}\S)?$")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Entry(BaseModel):
    """Base of everything in a file: unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _has_no_zero_byte(cls, value: object) -> object:
        # PostgreSQL does not store it, and nobody means it.
        if isinstance(value, str) and "\0" in value:
            message = "there is a character that cannot be stored"
            raise ValueError(message)
        return value
