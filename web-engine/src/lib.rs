use wasm_bindgen::prelude::wasm_bindgen;
#[wasm_bindgen]
pub fn probe(a: &str) -> String {
    let v: serde_json::Value = serde_json::from_str(a).unwrap_or_default();
    let mut d = serin_documents::schema::check(serin_api::entity::EntityKind::FlagConfig, &v);
    if let Ok(f) = serde_json::from_value(v) {
        d.extend(serin_documents::value_schema::check(&f));
    }
    let r = serin_engine::ruleset::Ruleset::parse(a);
    let x = r.map(|(r, _)| serin_engine::request::answer(&r, a).to_string()).unwrap_or_default();
    format!("{}{x}", serde_json::to_string(&d).unwrap_or_default())
}
