//! The stages of a release in small: bars that grow to everyone.

use leptos::prelude::*;

use crate::weights::thousandths;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// Percent of units.
    pub(crate) weight: f64,
    /// Nobody gets it: results are compared.
    pub(crate) shadow: bool,
    /// The name of where it stands: `done`, `current`, …
    pub(crate) state: &'static str,
}

/// A bar for each stage; its words are its label.
#[component]
pub(crate) fn Steps(
    /// The bars, in order.
    #[prop(into)]
    steps: Signal<Vec<Step>>,
    /// What they say.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let bars = move || {
        let bars = steps.get().into_iter().map(|step| {
            let style = format!("height:{}%", thousandths(height(step.weight)));
            let shadow = step.shadow.then_some("true");
            view! { <span class="step" data-state=step.state data-shadow=shadow style=style></span> }
        });
        bars.collect_view()
    };
    view! {
        <span class="steps" role="img" aria-label=move || label.get() title=move || label.get()>
            {bars}
        </span>
    }
}

/// Of a bar's room, in percent. One percent of units still has to be seen beside all of
/// them, so that the bars do not grow in proportion.
fn height(weight: f64) -> f64 {
    14.0 + 86.0 * (weight.clamp(0.0, 100.0) / 100.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::height;

    #[test]
    fn bars_are_seen_and_fit() {
        assert!(height(0.1) > 14.0 && height(0.1) < height(1.0));
        assert!((height(100.0) - 100.0).abs() < 1e-9);
        assert!((height(1000.0) - 100.0).abs() < 1e-9);
    }
}
