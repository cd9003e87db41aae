//! What to paste into a program to use a key.

use serin_api::key::KeyKind;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Serin's own SDK for Rust.
    Rust,
    /// Any OpenFeature client, by OFREP: as JavaScript.
    OpenFeature,
    /// The protocol itself, on a command line.
    Curl,
}

impl Program {
    /// The name in a list of choices.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::OpenFeature => "openfeature",
            Self::Curl => "curl",
        }
    }

    /// What can use a key of this kind, with words.
    pub(crate) fn of(kind: KeyKind) -> Vec<(Self, &'static str)> {
        match kind {
            KeyKind::Server => vec![(Self::Rust, "Rust SDK"), (Self::Curl, "OFREP")],
            KeyKind::Client => vec![
                (Self::OpenFeature, "OpenFeature for the web"),
                (Self::Curl, "OFREP"),
            ],
        }
    }
}

/// Ready to paste; `origin` is where this server is, `flag` one that exists.
pub(crate) fn snippet(program: Program, origin: &str, secret: &str, flag: &str) -> String {
    match program {
        Program::Rust => format!(
            "let client = serin_sdk::Client::builder({origin:?}, {secret:?}).build()?;
client.ready().await?;
let user = serin_sdk::Context::new(\"user-1\");
let on = client.bool({flag:?}, &user, false);"
        ),
        Program::OpenFeature => format!(
            "import {{ OpenFeature }} from '@openfeature/web-sdk';
import {{ OFREPWebProvider }} from '@openfeature/ofrep-web-provider';

await OpenFeature.setContext({{ targetingKey: 'user-1' }});
await OpenFeature.setProviderAndWait(new OFREPWebProvider({{
  baseUrl: '{origin}',
  headers: [['Authorization', 'Bearer {secret}']],
}}));
const on = OpenFeature.getClient().getBooleanValue({flag:?}, false);"
        ),
        Program::Curl => format!(
            "curl -X POST '{origin}{}' \\
  -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' \\
  -d '{{\"context\": {{\"targetingKey\": \"user-1\"}}}}'",
            serin_api::paths::ofrep_flag(flag)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_carry_server_secret_and_flag() {
        for kind in [KeyKind::Server, KeyKind::Client] {
            for (program, _) in Program::of(kind) {
                let text = snippet(
                    program,
                    "http://127.0.0.1:8080",
                    "serin_x_1",
                    "new-checkout",
                );
                for part in ["http://127.0.0.1:8080", "serin_x_1", "new-checkout"] {
                    assert!(text.contains(part), "{program:?} lacks {part}: {text}");
                }
            }
        }
    }

    #[test]
    fn odd_flag_keys_stay_one_path_segment() {
        let text = snippet(Program::Curl, "http://x", "s", "a/b");
        assert!(text.contains("/flags/a%2Fb'"), "{text}");
    }
}
