//! Segments with long lists, and what uses what.

use serde_json::json;
use serin_api::{
    segment::{ListSize, MemberPage, MembersEdit, MembersOutcome},
    uses::{Graph, Uses},
};

use super::ENVIRONMENT;
use crate::http::openapi::{
    operation::Operation,
    schemas::{Schemas, page, reference},
};

const TAG: &str = "flags";

pub(super) fn segments(schemas: &mut Schemas) -> Vec<Operation> {
    let of = |method, rest: &str, id, summary| {
        let path = format!("{ENVIRONMENT}/segments{rest}");
        Operation::new(method, &path, id, TAG, summary)
    };
    let overview = overview(schemas);
    vec![
        of(
            "GET",
            "",
            "list_segment_overviews",
            "An environment's segments without their units",
        )
        .paged()
        .answers(200, "The segments.", page(overview.clone())),
        of(
            "GET",
            "/{segment}/overview",
            "get_segment_overview",
            "A segment in an environment without its units",
        )
        .answers(200, "The sizes of its lists, and its rules.", overview),
        of(
            "GET",
            "/{segment}/members",
            "list_segment_members",
            "A segment's members, by list, attribute and unit",
        )
        .query(&[
            ("list", "Only of this list: `included` or `excluded`."),
            (
                "attribute",
                "Only those listed by this attribute; `targetingKey` is the usual one.",
            ),
            (
                "search",
                "Only those with this text in them, in either case.",
            ),
        ])
        .paged()
        .answers(200, "The members.", schemas.of::<MemberPage>()),
        of(
            "POST",
            "/{segment}/members",
            "edit_segment_members",
            "Add and remove members without sending the others",
        )
        .query(&[(
            "dry_run",
            "`true`: say what would come of it, and change nothing.",
        )])
        .versioned()
        .reasoned()
        .body(schemas.of::<MembersEdit>())
        .answers(200, "What came of it.", schemas.of::<MembersOutcome>()),
    ]
}

fn overview(schemas: &mut Schemas) -> serde_json::Value {
    let size = schemas.of::<ListSize>();
    let rules = reference("SegmentConfig/properties/rules");
    schemas.named(
        "SegmentOverviewEntity",
        json!({
            "type": "object",
            "required": ["key", "version", "updated_at", "updated_by", "lists", "rules"],
            "properties": {
                "key": reference("key"),
                "version": {"type": "integer", "minimum": 1, "description": "For `If-Match`."},
                "updated_at": {"type": "string", "format": "date-time"},
                "updated_by": {"type": "string"},
                "lists": {"type": "array", "items": size},
                "rules": rules
            }
        }),
    )
}

pub(super) fn uses(schemas: &mut Schemas) -> Vec<Operation> {
    let project = "/api/v1/projects/{project}";
    vec![
        Operation::new(
            "GET",
            &format!("{project}/flags/{{flag}}/uses"),
            "get_flag_uses",
            TAG,
            "What names a flag, in all environments",
        )
        .answers(200, "What names it.", schemas.of::<Uses>()),
        Operation::new(
            "GET",
            &format!("{project}/segments/{{segment}}/uses"),
            "get_segment_uses",
            TAG,
            "What names a segment, in all environments",
        )
        .answers(200, "What names it.", schemas.of::<Uses>()),
        Operation::new(
            "GET",
            &format!("{ENVIRONMENT}/graph"),
            "get_graph",
            TAG,
            "Which flags and segments name which",
        )
        .answers(200, "The graph.", schemas.of::<Graph>()),
    ]
}
