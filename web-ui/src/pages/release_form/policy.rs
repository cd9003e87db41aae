//! Editing how sure one wants to be, and what follows.

use leptos::prelude::*;

use super::{
    draft::policy::words,
    entry::{Entry, options},
    form::Form,
};

/// The policy, with its sentence above.
#[component]
pub(super) fn PolicyFields(form: Form) -> impl IntoView {
    let at = |member: &str| Signal::stored(format!("/policy/{member}"));
    let said = move || form.draft.with(|draft| words(&draft.policy));
    let fixed = Signal::derive(move || form.fixed());
    let on_harm = options(&[
        ("rollback", "Roll back"),
        ("hold", "Hold until a person decides"),
        ("notify", "Only tell, and go on"),
    ]);
    let on_inconclusive = options(&[
        ("hold", "Wait for it, or for a person"),
        ("advance", "Go on all the same"),
        ("rollback", "Roll back"),
    ]);
    view! {
        <section class="card" aria-labelledby="form-policy">
            <header class="card-head"><h2 id="form-policy">"Policy"</h2></header>
            <div class="card-body">
                <details class="more">
                    <summary class="small muted" data-testid="policy-words">{said}</summary>
                    <div class="form-pairs">
                        <Entry form label="Harm" options=on_harm disabled=fixed at=at("on_harm")
                            of=|draft, _| draft.policy.on_harm.clone() put=|draft, _, text| draft.policy.on_harm = text />
                        <Entry form label="Evidence is missing at the end of the longest bake" options=on_inconclusive disabled=fixed at=at("on_inconclusive")
                            of=|draft, _| draft.policy.on_inconclusive.clone() put=|draft, _, text| draft.policy.on_inconclusive = text />
                        <Entry form label="False alarms, at the most (α)" unit="%" disabled=fixed at=at("alpha")
                            hint="Of all healthy releases, over their whole lives and however often one looks."
                            of=|draft, _| draft.policy.alpha.clone() put=|draft, _, text| draft.policy.alpha = text />
                        <Entry form label="Wrongly called safe, at the most (β)" unit="%" disabled=fixed at=at("beta")
                            hint="Of all releases that are as bad as a guard's proof is to rule out."
                            of=|draft, _| draft.policy.beta.clone() put=|draft, _, text| draft.policy.beta = text />
                        <Entry form label="Events too many, at the most" placeholder="no cap" disabled=fixed at=at("max_excess_events")
                            hint="So many above what the baseline would have had are harm, whatever the statistics say."
                            of=|draft, _| draft.policy.cap.clone() put=|draft, _, text| draft.policy.cap = text />
                    </div>
                </details>
            </div>
        </section>
    }
}
