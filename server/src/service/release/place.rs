//! Where releases are.

use serin_api::session::Role;
use serin_engine::flag::{FlagConfig, FlagDefinition};
use uuid::Uuid;

use crate::{
    service::{Actor, Result, access, document},
    store::{self, Tx},
};

/// The environment that a release is in.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) project_id: Uuid,
    pub(crate) project: String,
    pub(crate) environment_id: Uuid,
    pub(crate) environment: String,
}

impl Place {
    /// Opens the environment to one who needs a role in its project.
    pub(crate) async fn open(
        tx: &mut Tx,
        actor: &Actor,
        project: &str,
        environment: &str,
        needs: Role,
    ) -> Result<Self> {
        let (seen, environment) =
            access::environment(tx, actor, project, environment, needs).await?;
        Ok(Self {
            project_id: seen.project.project_id,
            project: seen.project.key,
            environment_id: environment.environment_id,
            environment: environment.key,
        })
    }

    /// A flag's definition and configuration here.
    pub(crate) async fn flag(
        &self,
        tx: &mut Tx,
        key: &str,
    ) -> Result<Option<(FlagDefinition, FlagConfig)>> {
        let definition = store::entity::in_project(tx, self.project_id, "flag", key).await?;
        let config =
            store::entity::in_environment(tx, self.environment_id, "flag_config", key).await?;
        let (Some(definition), Some(config)) = (definition, config) else {
            return Ok(None);
        };
        Ok(Some((
            document::typed(definition.document)?,
            document::typed(config.document)?,
        )))
    }
}
