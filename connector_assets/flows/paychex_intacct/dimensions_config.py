"""The section of a connection file that says how dimension values of both systems are kept in step."""

from typing import Literal

from pydantic import Field

from connector_assets.flows.paychex_intacct.journal_config import Section

PARTS, CLASS = "parts", "CLASS"
Policy = Literal["create_in_intacct", "create_in_paychex", "report"]


class DimensionsSection(Section):
    """What to do with a value that the other system lacks. Of these, Paychex's API creates and changes jobs alone."""

    departments: Literal["create_in_intacct", "report"] = Field(
        default="report", description="An organization that Intacct lacks"
    )
    locations: Literal["create_in_intacct", "report"] = Field(
        default="report", description="A location that Intacct lacks; it is created below posting.entity"
    )
    projects: Policy = Field(default="report", description="A job that Intacct lacks, or a project that Paychex lacks")
    labor_assignments: str = Field(
        default=PARTS,
        pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$",
        description="What a labor assignment stands for: `parts` (its organization and location), `CLASS`, or the "
        "object name of a user-defined dimension",
    )
    labor_assignment_values: Literal["create_in_intacct", "report"] = Field(
        default="report", description="A labor assignment that the classes lack"
    )
    inactivate_after_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        description="How long a value that was created from here stays active after its end; never deleted",
    )
    new_project_category: str = Field(default="Contract", description="Category of the projects that are created")
    billable_categories: tuple[str, ...] = Field(
        default=("Contract",), description="Project categories whose cost is direct labor: project_type billable"
    )

    @property
    def own(self) -> tuple[str, ...]:
        """The object names of the dimensions, defined by the company for itself, that journal lines carry."""
        chosen = self.labor_assignments.upper()
        return () if chosen in {PARTS.upper(), CLASS} else (chosen,)
