"""What Visma leaves unconfirmed, as switches; the first choice of each is the default."""

from connector_assets.sandbox.switches import Switch

SWITCHES = (
    Switch("visma.hourly_limit", ("500", "15000", "60", "off"), "calls that a company and client have in an hour"),
    Switch("visma.token_lifetime_s", ("3600", "600", "60"), "seconds a token lives"),
    Switch("visma.token_refusal_status", ("400", "401"), "HTTP status of invalid_client"),
    Switch("visma.unauthorized_body", ("empty", "message", "html"), "body of a 401"),
    Switch("visma.scope_refusal_status", ("403", "401"), "a token without the scope of the method"),
    Switch("visma.not_found_body", ("empty", "message"), "body of a 404"),
    Switch("visma.precondition_body", ("empty", "message"), "body of a 412"),
    Switch("visma.busy_body", ("gateway", "empty"), "body of a 429"),
    Switch("visma.company_header", ("ignored", "validated", "required"), "what the old ipp-company-id header does"),
    Switch("visma.route_case", ("any", "exact"), "whether paths are matched in any case"),
    Switch("visma.etag", ("quoted", "bare", "weak"), "how the ETag header writes the row version"),
    Switch("visma.created_body", ("empty", "object"), "body of a 201"),
    Switch("visma.location", ("https", "http", "absent"), "the Location of what was created"),
    Switch("visma.refusal_status", ("400", "500"), "a create or update that fails validation"),
    Switch("visma.segment_refusal_status", ("500", "400"), "an update of a segment that fails validation"),
    Switch("visma.segment_update", ("atomic", "partial"), "whether one bad row keeps the other rows from being saved"),
    Switch("visma.segment_padding", ("none", "spaces"), "whether read values are padded to the segment's length"),
    Switch("visma.modified_zone", ("CET", "UTC"), "the zone of lastModifiedDateTime, which names none"),
    Switch("visma.modified_boundary", ("exclusive", "inclusive"), "whether > includes the moment itself"),
    Switch("visma.modified_alone", ("400", "ignored"), "a moment without its condition, or the reverse"),
    Switch("visma.page_size_max", ("500", "100", "1000"), "the most rows of a page; more is cut silently"),
    Switch("visma.page_size_default", ("500", "10"), "rows of a page when none is asked for"),
    Switch("visma.metadata_on_one", ("null", "absent"), "metadata of a record that is read alone"),
    Switch("visma.unwrapped", ("400", "ignored"), "a scalar without its value wrapper"),
    Switch("visma.null_value", ("clears", "ignored"), "a wrapper whose value is null"),
    Switch("visma.update_contact", ("optional", "required"), "an update of an employee without contact"),
    Switch("visma.numbering", ("manual", "automatic"), "automatic: the company numbers its employees itself"),
    Switch("visma.department_id_length", ("10", "30"), "characters of a department's id"),
)
