//! The release templates that every project begins with.

use serde_json::{Value, json};

use super::{Actor, Result, writer::Work};
use crate::store::{self, Script};

/// Seeds a new project.
pub(crate) async fn seed(
    work: &mut Work,
    actor: &Actor,
    project: &store::project::Project,
) -> Result<()> {
    for (key, document) in templates() {
        let entity = store::entity::Entity {
            entity_id: work.id(),
            kind: "release_template".to_owned(),
            project_id: project.project_id,
            environment_id: None,
            key: key.to_owned(),
            version: 1,
            document,
            changed_revision: 0,
            updated_at: work.now(),
            updated_by: actor.username.clone(),
        };
        let mut script = Script::default();
        store::entity::insert(&mut script, [&entity]);
        script.run(&mut work.tx).await?;
    }
    Ok(())
}

fn templates() -> [(&'static str, Value); 4] {
    [
        (
            "canary",
            json!({
                "name": "Canary",
                "description": "One percent first, then ten, fifty and everyone, each by itself after its time.",
                "stages": [
                    { "weight": 1.0, "min_bake": "10m" },
                    { "weight": 10.0, "min_bake": "30m" },
                    { "weight": 50.0, "min_bake": "1h" },
                    { "weight": 100.0 },
                ],
            }),
        ),
        (
            "careful",
            json!({
                "name": "Careful",
                "description": "Small steps; a person lets it go on to half and to everyone.",
                "stages": [
                    { "weight": 0.1, "min_bake": "30m" },
                    { "weight": 1.0, "min_bake": "1h" },
                    { "weight": 5.0, "min_bake": "4h" },
                    { "weight": 25.0, "name": "Quarter" },
                    { "weight": 50.0, "name": "Half" },
                    { "weight": 100.0 },
                ],
            }),
        ),
        (
            "rings",
            json!({
                "name": "Rings",
                "description": "From those nearest to those furthest: name a segment in each ring, or keep the shares.",
                "stages": [
                    { "name": "Ring 0: ourselves", "weight": 1.0, "min_bake": "1h" },
                    { "name": "Ring 1: early adopters", "weight": 10.0, "min_bake": "1d" },
                    { "name": "Ring 2: most", "weight": 50.0, "min_bake": "1d", "approval": { "role": "editor" } },
                    { "name": "Everyone", "weight": 100.0, "watch": "1d" },
                ],
            }),
        ),
        (
            "blue-green",
            json!({
                "name": "Blue-green",
                "description": "Everyone at once, with a way back.",
                "stages": [{ "weight": 100.0, "min_bake": "1h" }],
            }),
        ),
    ]
}
