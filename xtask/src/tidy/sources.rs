//! Which source file may name what.

/// A word that only some files may use.
struct Rule {
    /// An identifier.
    word: &'static str,
    /// Paths where the rule does not hold, with `/`; a folder ends in one.
    allowed: &'static [&'static str],
    /// Paths where it does; everywhere in our sources where empty.
    within: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        word: "sqlx",
        // The tests look at the databases from outside.
        allowed: &[
            "server/src/store.rs",
            "server/src/store/",
            "server/tests/",
            "benches/server/",
        ],
        within: &[],
    },
    Rule {
        word: "actix_web",
        allowed: &[
            "server/src/http.rs",
            "server/src/http/",
            "server/src/main.rs",
            "server/src/config.rs",
            "server/src/cli/serve.rs",
            "benches/server/",
        ],
        within: &[],
    },
    // What waits and measures time is not to mind a clock that is set.
    Rule {
        word: "SystemTime",
        allowed: &["sdk/src/clock.rs", "sdk/src/cache/file/tests.rs"],
        within: &["sdk/src/"],
    },
    Rule {
        word: "serin_api",
        allowed: &[],
        within: &["server/src/store.rs", "server/src/store/"],
    },
];

/// What breaks the rules in one source file.
pub(crate) fn offences(name: &str, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    if name.ends_with("/mod.rs") {
        offences.push(format!(
            "{name}: modules are called by their name, beside their folder"
        ));
    }
    for rule in RULES.iter().filter(|rule| rule.holds_in(name)) {
        for (number, line) in text.lines().enumerate() {
            if names(line, rule.word) {
                offences.push(format!("{name}:{}: may not name {}", number + 1, rule.word));
            }
        }
    }
    offences
}

impl Rule {
    fn holds_in(&self, name: &str) -> bool {
        let lies_in = |paths: &[&str]| {
            paths
                .iter()
                .any(|path| name == *path || (path.ends_with('/') && name.starts_with(path)))
        };
        // This very program has to spell the words out.
        (self.within.is_empty() || lies_in(self.within))
            && !lies_in(self.allowed)
            && !name.starts_with("xtask/")
    }
}

/// Whether a line has the word as an identifier, outside of comments and texts.
fn names(line: &str, word: &str) -> bool {
    let code: String = line
        .split("//")
        .next()
        .unwrap_or_default()
        .split('"')
        .step_by(2)
        .collect();
    let mut rest = &*code;
    while let Some((before, after)) = rest.split_once(word) {
        let part_of_more = |it: char| it.is_alphanumeric() || it == '_';
        if !before.ends_with(part_of_more) && !after.starts_with(part_of_more) {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_stays_in_the_store() {
        let text =
            "use std::fmt;\nuse sqlx::Row;\n// sqlx is fine in prose\nlet my_sqlx = \"sqlx\";\n";
        assert_eq!(
            offences("server/src/service/flag.rs", text),
            ["server/src/service/flag.rs:2: may not name sqlx"]
        );
        assert_eq!(offences("server/src/store/flag.rs", text), [""; 0]);
        assert_eq!(
            offences("server/src/storekeeper.rs", "sqlx::query").len(),
            1
        );
    }

    #[test]
    fn the_web_framework_stays_at_the_door() {
        assert_eq!(
            offences(
                "server/src/service.rs",
                "fn f(_: actix_web::HttpRequest) {}"
            )
            .len(),
            1
        );
        assert_eq!(
            offences("server/src/http/routes/flags.rs", "use actix_web::web;").len(),
            0
        );
    }

    #[test]
    fn the_store_knows_no_wire_types() {
        assert_eq!(
            offences("server/src/store/keys.rs", "use serin_api::key::Key;").len(),
            1
        );
        assert_eq!(
            offences("server/src/service/key.rs", "use serin_api::key::Key;").len(),
            0
        );
    }

    #[test]
    fn modules_have_names() {
        assert_eq!(offences("sdk/src/source/mod.rs", "").len(), 1);
    }
}
