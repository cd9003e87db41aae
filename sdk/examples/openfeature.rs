//! Prints a boolean flag as OpenFeature's own SDK sees it, decided locally.
//!
//! ```text
//! cargo run -p serin-sdk --features openfeature --example openfeature -- URL KEY FLAG [TARGETING-KEY]
//! ```

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;

use open_feature::{EvaluationContext, OpenFeature};
use serin_sdk::{Client, openfeature::Provider};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what| arguments.next().ok_or(what);
    let client = Client::builder(next("the URL is missing")?, next("the key is missing")?);
    let client = client.build()?;
    let flag = next("the flag is missing")?;
    let user = next("").unwrap_or("user-1".to_owned());

    let mut api = OpenFeature::singleton_mut().await;
    api.set_provider(Provider::new(client.clone())).await;
    let user = EvaluationContext::default().with_targeting_key(user);
    let details = api.create_client();
    match details.get_bool_details(&flag, Some(&user), None).await {
        Ok(details) => println!("{details:#?}"),
        Err(error) => println!("{error:#?}"),
    }
    client.shutdown().await;
    Ok(())
}
