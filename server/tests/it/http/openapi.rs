//! The document that describes the API: locked, and true to the routes.

use std::{collections::BTreeSet, env, fs, path::Path};

use reqwest::Method;
use serde_json::Value;

use super::Site;
use crate::web::send;

/// `UPDATE_GOLDEN=1 cargo test -p serin openapi` writes it anew.
#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openapi.json");
    let document = format!("{:#}\n", serin_server::http::openapi());
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let reviewed = fs::read_to_string(&path).unwrap();
    assert!(
        document == reviewed,
        "the API changed: look at the difference after UPDATE_GOLDEN=1 cargo test -p serin openapi"
    );
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    let document = serin_server::http::openapi();
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        assert!(
            document
                .pointer(reference.trim_start_matches('#'))
                .is_some(),
            "{reference}"
        );
    }
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values());
    let names: Vec<&str> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                references.push(reference.clone());
            }
            members
                .values()
                .for_each(|member| collect(member, references));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| collect(element, references)),
        _ => {}
    }
}

/// Asks each documented path for a method that nothing takes: `Allow` says what it takes.
async fn paths_take_what_is_documented(site: &mut Site) {
    let document = site
        .web
        .anyone
        .get("/openapi.json")
        .await
        .expect(200)
        .json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let address: String = path
            .split('/')
            .map(|step| if step.starts_with('{') { "x" } else { step })
            .collect::<Vec<_>>()
            .join("/");
        let reply = send(site.web.anyone.request(Method::TRACE, &address)).await;
        let taken: BTreeSet<String> = reply
            .header("allow")
            .split(", ")
            .map(str::to_lowercase)
            .filter(|method| method != "head" && method != "options")
            .collect();
        let documented: BTreeSet<String> = methods.as_object().unwrap().keys().cloned().collect();
        assert_eq!(taken, documented, "{path}");
        let refused = reply.expect(405).json();
        if path.starts_with("/ofrep/") {
            assert_eq!(refused["errorCode"], "GENERAL", "{path}");
        } else {
            assert_eq!(refused["error"]["code"], "method_not_allowed", "{path}");
        }
    }
}

on_both! { paths_take_what_is_documented }
