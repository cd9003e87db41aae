//! The editor takes in what others save, and drops edits so that they can come back.

use leptos::prelude::*;
use serin_api::{change::AppliedChange, entity::EntityKind};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
};

use super::{
    Editor, Standing, merged,
    typed::{Half, Typed},
};
use crate::{components::toast::Toasts, json_text::Texts};

impl Editor {
    /// Drops all edits, half-typed ones too.
    pub(crate) fn reset(self) {
        if let Some(theirs) = self.overtaken.get_untracked() {
            self.base.set(theirs);
        }
        let base = self.base.get_untracked();
        self.show(base.definition.document, base.config.document);
        self.views.forget();
        self.overtaken.set(None);
    }

    /// Drops all edits, with a way back.
    pub(crate) fn drop_edits(self, toasts: Toasts) {
        let kept = Kept {
            environment: self.place.environment.get_untracked(),
            base: self.base.get_untracked(),
            fields: self.fields.get_untracked(),
            typed: self.typed(),
            config: self.config.get_untracked(),
            texts: self.views.texts.get_untracked(),
        };
        self.reset();
        let back = move || self.bring_back(kept.clone());
        toasts.undoable("Your edits are dropped.", Box::new(back));
    }

    /// Puts what was before some changes into the editor, as edits to be reviewed.
    pub(crate) fn restore(self, changes: &[AppliedChange]) {
        let (mut definition, mut config) =
            (self.definition.get_untracked(), self.config.get_untracked());
        for change in changes {
            let Some(before) = change.before.clone() else {
                continue;
            };
            match change.kind {
                EntityKind::Flag => {
                    if let Ok(before) = read(before) {
                        definition = before;
                    }
                }
                EntityKind::FlagConfig => {
                    if let Ok(before) = read(before) {
                        config = before;
                    }
                }
                _ => {}
            }
        }
        self.show(definition, config);
    }

    fn bring_back(self, kept: Kept) {
        // The page may be another one by now, and other edits are not to be lost for these.
        let Some(now) = self.base.try_get_untracked() else {
            return;
        };
        let here = untrack(|| self.place.environment.get()) == kept.environment
            && now.definition.key == kept.base.definition.key;
        if !here || untrack(|| self.is_edited()) {
            return;
        }
        self.base.set(kept.base);
        self.fields.set(kept.fields);
        self.drafts.set(kept.typed.drafts);
        self.schema.set(kept.typed.schema);
        self.config.set(kept.config);
        self.views.texts.set(kept.texts);
        self.receive(now);
    }

    fn typed(self) -> Typed {
        Typed {
            drafts: self.drafts.get_untracked(),
            schema: self.schema.get_untracked(),
        }
    }

    /// Replaces the edited documents.
    pub(crate) fn show(self, definition: FlagDefinition, config: FlagConfig) {
        self.show_but(definition, config, &Half::default());
    }

    /// Replaces the edited documents, but for what is typed half.
    fn show_but(self, definition: FlagDefinition, config: FlagConfig, keep: &Half) {
        let before = self.typed();
        let mut typed = before.clone();
        typed.show(&definition, keep);
        if typed.drafts != before.drafts {
            self.drafts.set(typed.drafts);
        }
        if typed.schema != before.schema {
            self.schema.set(typed.schema);
        }
        if self.fields.with_untracked(|fields| *fields != definition) {
            self.fields.set(definition);
        }
        if self.config.with_untracked(|now| *now != config) {
            self.config.set(config);
        }
    }

    /// Takes in what stands now: edits of other parts stay, half-typed ones too, and where
    /// the same parts were changed nothing moves but the warning.
    pub(crate) fn receive(self, standing: Standing) {
        let base = self.base.get_untracked();
        if !standing.is_newer_than(&base) {
            return;
        }
        let kind = self.fields.with_untracked(|fields| fields.kind);
        let texts = self.views.texts.get_untracked();
        let half = self.typed().half(kind, &texts);
        let edits = (self.definition.get_untracked(), self.config.get_untracked());
        match together(&base, &edits, &standing, &half) {
            Some((definition, config)) => {
                self.base.set(standing);
                self.show_but(definition, config, &half);
                self.overtaken.set(None);
            }
            None => self.overtaken.set(Some(standing)),
        }
    }
}

/// Edits that were dropped, as they were.
#[derive(Clone)]
struct Kept {
    environment: String,
    base: Standing,
    fields: FlagDefinition,
    typed: Typed,
    config: FlagConfig,
    texts: Texts,
}

/// The edits and what stands now together; absent where both changed the same part.
pub(super) fn together(
    base: &Standing,
    (definition, config): &(FlagDefinition, FlagConfig),
    theirs: &Standing,
    half: &Half,
) -> Option<(FlagDefinition, FlagConfig)> {
    if half.is_in_the_way(base, theirs) {
        return None;
    }
    let was = &base.definition.document;
    let definition = merged(was, definition, &theirs.definition.document)?;
    let config = merged(&base.config.document, config, &theirs.config.document)?;
    Some((definition, config))
}
