//! Writing an import, as change sets like anybody's.

use std::sync::Arc;

use serin_api::{
    change::{Change, NewChangeSet},
    entity::EntityKind,
    project::{NewEnvironment, NewProject},
};
use serin_engine::flag::FlagDefinition;
use uuid::Uuid;

use super::{super::database, Flagd};
use crate::{
    app::{App, Options},
    clock::SystemClock,
    ids::SystemRandom,
    import::{Placement, changes, flagd::Import},
    service::{self, Actor, change_set, entity, environment, project},
};

/// The most changes that one change set takes.
const MAX_CHANGES: usize = 1000;

/// Writes what was translated, and says which change sets it became.
pub(super) fn write(arguments: &Flagd, import: &Import) -> Result<Vec<Uuid>, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let app = open(arguments).await?;
        let written = Writing {
            app: &app,
            actor: Actor::system("import"),
            arguments,
        }
        .run(import)
        .await;
        app.shutdown().await;
        written
    })
}

async fn open(arguments: &Flagd) -> Result<App, String> {
    if !arguments.create_project {
        database::require(&arguments.database_url)?;
    }
    let options = Options {
        database_url: arguments.database_url.clone(),
        ..Options::default()
    };
    let (app, first_start) = App::open(options, Arc::new(SystemClock), Arc::new(SystemRandom))
        .await
        .map_err(|error| format!("opening the database: {error}"))?;
    if let Some(password) = first_start.password {
        use std::io::Write as _;
        let _ = writeln!(
            std::io::stderr(),
            "The database is new: its user admin has the password {password}, which is shown this once."
        );
    }
    Ok(app)
}

struct Writing<'a> {
    app: &'a App,
    actor: Actor,
    arguments: &'a Flagd,
}

impl Writing<'_> {
    async fn run(&self, import: &Import) -> Result<Vec<Uuid>, String> {
        self.prepare().await?;
        let mut written = Vec::new();
        for part in self.parts(import).await? {
            let change_set =
                change_set::apply(self.app, &self.actor, self.change_set(part.clone()))
                    .await
                    .map_err(|error| described(&error, &part))?;
            // One that changes nothing is not kept.
            if !change_set.changes.is_empty() {
                written.push(change_set.id);
            }
        }
        Ok(written)
    }

    fn change_set(&self, changes: Vec<Change>) -> NewChangeSet {
        let file = self
            .arguments
            .file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        NewChangeSet {
            project: self.arguments.project.clone(),
            reason: Some(format!("Import of {file} (flagd)")),
            changes,
            dry_run: false,
        }
    }

    /// Makes sure that project and environment are there.
    async fn prepare(&self) -> Result<(), String> {
        let (key, place) = (&self.arguments.project, &self.arguments.environment);
        let found = match project::get(self.app, &self.actor, key).await {
            Ok(found) => found,
            Err(service::Error::NotFound) if self.arguments.create_project => {
                let new = NewProject {
                    key: key.clone(),
                    name: None,
                    description: None,
                    environments: None,
                };
                project::create(self.app, &self.actor, new)
                    .await
                    .map_err(|error| format!("making the project {key:?}: {error}"))?
            }
            Err(service::Error::NotFound) => {
                return Err(format!(
                    "there is no project {key:?} (--create-project makes it)"
                ));
            }
            Err(error) => return Err(error.to_string()),
        };
        if found
            .environments
            .iter()
            .any(|environment| &environment.key == place)
        {
            return Ok(());
        }
        if !self.arguments.create_project {
            return Err(format!(
                "the project {key:?} has no environment {place:?} (--create-project makes it)"
            ));
        }
        let new = NewEnvironment {
            key: place.clone(),
            name: None,
            color: None,
            production: false,
            allowed_origins: Vec::new(),
            copy_from: None,
        };
        environment::create(self.app, &self.actor, key, new)
            .await
            .map(drop)
            .map_err(|error| format!("making the environment {place:?}: {error}"))
    }

    /// The changes, in as few change sets as they fit into: one, for all files but huge ones.
    async fn parts(&self, import: &Import) -> Result<Vec<Vec<Change>>, String> {
        let mut parts: Vec<Vec<Change>> = Vec::new();
        for flag in &import.flags {
            let Ok(translated) = &flag.outcome else {
                continue;
            };
            let existing = self.existing(&flag.key).await?;
            let placement = Placement {
                environment: &self.arguments.environment,
                existing: existing.as_ref(),
            };
            let changes = changes(
                &flag.key,
                &translated.definition,
                &translated.config,
                placement,
            )
            .map_err(|error| error.to_string())?;
            match parts.last_mut() {
                Some(part) if part.len() + changes.len() <= MAX_CHANGES => part.extend(changes),
                _ => parts.push(changes),
            }
        }
        Ok(parts)
    }

    async fn existing(&self, key: &str) -> Result<Option<FlagDefinition>, String> {
        let project = &self.arguments.project;
        match entity::get(self.app, &self.actor, project, EntityKind::Flag, None, key).await {
            Ok(flag) => serde_json::from_value(flag.document)
                .map(Some)
                .map_err(|error| format!("the flag {key:?} as it is: {error}")),
            Err(service::Error::NotFound) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The error with all its details, each with the flag that it is about.
fn described(error: &service::Error, changes: &[Change]) -> String {
    let mut text = format!("nothing was written: {error}");
    match error {
        service::Error::Invalid(details) => {
            for detail in details {
                let mut steps = detail.path.splitn(4, '/').skip(2);
                let change = steps
                    .next()
                    .and_then(|index| changes.get(index.parse::<usize>().ok()?));
                let key = change.map_or("", |change| change.key.as_str());
                text += &format!("\n  {key} {}: {}", detail.path, detail.message);
            }
        }
        service::Error::InUse { uses, .. } => {
            for used in uses {
                text += &format!("\n  {}", used.by);
            }
        }
        _ => {}
    }
    text
}
