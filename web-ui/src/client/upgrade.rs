//! Whether the server brings another UI by now than the one that runs.

use leptos::prelude::document;

use super::{Error, fetch::get_text};

/// Whether what runs here is not what the server would send now: it was upgraded since.
///
/// # Errors
/// Where the server cannot be asked.
pub(crate) async fn outdated() -> Result<bool, Error> {
    // The name of the script changes with everything that it loads.
    let script = document().query_selector("head script[src]").ok().flatten();
    let ours = script.and_then(|script| script.get_attribute("src"));
    let page = get_text("/").await?;
    Ok(ours.is_some_and(|ours| !page.contains(&ours)))
}
