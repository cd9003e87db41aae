//! Running a flag's own schema: with room, since schemas are followed by recursion.

use serin_api::error::Detail;
use serin_documents::value_schema;
use serin_engine::flag::FlagDefinition;

/// As [`value_schema::check`], on a stack that holds all that its limits let through.
pub(super) fn check(definition: &FlagDefinition) -> Vec<Detail> {
    if definition.schema.is_none() {
        return Vec::new();
    }
    std::thread::scope(|scope| {
        let checker = std::thread::Builder::new()
            .name("value-schema".to_owned())
            .stack_size(value_schema::STACK)
            .spawn_scoped(scope, || value_schema::check(definition));
        match checker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(found)) => found,
            // The panic's message is on standard error.
            Ok(Err(_)) => failed("the checker broke off"),
            Err(error) => failed(&error.to_string()),
        }
    })
}

fn failed(why: &str) -> Vec<Detail> {
    vec![Detail {
        path: "/schema".to_owned(),
        code: "invalid_schema".to_owned(),
        message: format!("the schema cannot be checked: {why}"),
    }]
}
