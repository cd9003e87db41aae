//! What was understood of a text: columns to choose from, counts, the first units and what
//! gave none.

use leptos::prelude::*;

use super::{
    super::{
        intake::{Found, Take},
        number,
    },
    job::Job,
};
use crate::components::{
    field::{Checkbox, Field},
    select::Select,
    show::Show,
};

/// What was understood, in words: `99 990 new · 8 there already · 2 twice · 3 invalid`.
fn said(found: &Found, fresh: Option<usize>) -> String {
    let mut parts = match fresh {
        Some(fresh) => vec![
            format!("{} new", number(fresh)),
            format!(
                "{} there already",
                number(found.units.len().saturating_sub(fresh))
            ),
        ],
        None => vec![format!("{} found", number(found.units.len()))],
    };
    if found.twice > 0 {
        parts.push(format!("{} more than once", number(found.twice)));
    }
    parts.push(format!("{} invalid", number(found.invalid)));
    parts.join(" · ")
}

/// The preview: columns to choose from, counts, the first units and every mistake's line.
#[component]
pub(super) fn Understood(job: Job) -> impl IntoView {
    let columns = Signal::derive(move || {
        let columns = job
            .layout
            .with(|layout| layout.as_ref().map(|it| it.columns.clone()));
        let columns = columns.unwrap_or_default().into_iter().enumerate();
        let mut options: Vec<(String, String)> = columns
            .map(|(index, name)| (index.to_string(), name))
            .collect();
        options.push(("all".to_owned(), "every value".to_owned()));
        options
    });
    let chosen = Signal::derive(move || {
        let take = job
            .layout
            .with(|layout| layout.as_ref().map(|layout| layout.take));
        match take {
            Some(Take::Column(index)) => index.to_string(),
            _ => "all".to_owned(),
        }
    });
    let choose = move |name: String| {
        let take = name.parse().map_or(Take::All, Take::Column);
        job.layout.update(|layout| {
            if let Some(layout) = layout {
                layout.take = take;
            }
        });
    };
    let header = Signal::derive(move || {
        job.layout
            .with(|it| it.as_ref().is_some_and(|it| it.header))
    });
    let on_header = move |on: bool| {
        job.layout.update(|layout| {
            if let Some(layout) = layout {
                layout.header = on;
            }
        });
    };
    let table = move || columns.with(|columns| columns.len() > 2);
    let words = move || match (job.reading.get(), job.found.get()) {
        (Some(percent), _) => format!("Reading, {percent} %"),
        (None, Some(found)) => said(&found, job.fresh.get()),
        (None, None) => String::new(),
    };
    let sample = move || {
        let first = job.found.with(|found| {
            let units = found.iter().flat_map(|found| found.units.iter().take(4));
            units.cloned().collect::<Vec<_>>()
        });
        let codes = first.into_iter();
        codes
            .map(|unit| view! { <code class="truncate">{unit}</code> }.into_any())
            .collect::<Vec<_>>()
    };
    let mistakes = move || {
        let mistakes = job
            .found
            .with(|found| found.as_ref().map(|found| found.mistakes.clone()));
        let rows = mistakes.unwrap_or_default().into_iter();
        rows.map(|mistake| {
            let line = format!("Line {}: {}", mistake.line, mistake.why);
            view! { <li>{line}</li> }.into_any()
        })
        .collect::<Vec<_>>()
    };
    let any = move || {
        job.found
            .with(|found| found.as_ref().is_some_and(|it| it.invalid > 0))
    };
    view! {
        <div class="stack import-preview">
            <Show when=table>
                <div class="row wrap">
                    <Field label="What to take">
                        <Select options=columns value=chosen on_change=choose testid="import-column" />
                    </Field>
                    <Checkbox checked=header on_change=on_header label="The first line names the columns" />
                </div>
            </Show>
            <p class="strong number" role="status" data-testid="import-said">{words}</p>
            <p class="row wrap tiny import-sample">{sample}</p>
            <Show when=any>
                <details class="small" open=true>
                    <summary>"What gave no unit"</summary>
                    <ul class="stack-s tiny import-mistakes" data-testid="import-mistakes">{mistakes}</ul>
                </details>
            </Show>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_understood_in_words() {
        let mut found = Found {
            units: vec!["a".to_owned(); 10],
            ..Found::default()
        };
        assert_eq!(said(&found, None), "10 found · 0 invalid");
        found.twice = 2;
        found.invalid = 3;
        assert_eq!(
            said(&found, Some(8)),
            "8 new · 2 there already · 2 more than once · 3 invalid"
        );
    }
}
