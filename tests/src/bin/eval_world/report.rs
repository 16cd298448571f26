//! The report, as Markdown.

use std::fmt::Write as _;

use iris_reid::{NetworkScales, ReidSettings};

use crate::score::Outcome;

const HEAD: &str = "\
# How well the demo's people are known again

Written by `make eval-world`, with the networks that Iris ships: ten people of a world on which none of them was trained, filmed by all \
its cameras in 1920x1080 at five pictures a second for twenty minutes, and for ten on the next day. The films are encoded, decoded, judged, \
followed, cropped and embedded as the services do it, and put through the real association all at once, with PostgreSQL, NATS and the \
gallery in memory.
";

pub fn report(settings: &ReidSettings, scales: NetworkScales, outcomes: &[Outcome]) -> String {
    let mut text = HEAD.to_owned();
    let rules = settings.rules(scales);
    let _ = write!(
        text,
        "\n{} Thresholds: faces join at {:.2}, appearances at {:.2}.\n\n\
         Over all cameras: IDF1 with a person's one name everywhere; what it would be if every track were somebody else, and if every track \
         were known to be whom it shows most.\n\n\
         | when | people | IDF1 | nobody known | everybody known | HOTA | boxes found | of them right |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        networks(settings),
        rules.face_join,
        rules.body_join
    );
    for outcome in outcomes {
        let clear = &outcome.identities.clear;
        let share = |of: u64| clear.hits as f64 / of.max(1) as f64;
        let _ = writeln!(
            text,
            "| {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
            outcome.name,
            outcome.visits.people,
            outcome.identities.identity.idf1(),
            outcome.unknown.identity.idf1(),
            outcome.known.identity.idf1(),
            outcome.identities.hota.hota(),
            share(clear.hits + clear.misses),
            share(clear.hits + clear.extras),
        );
    }
    text += "\nOf tracks that show somebody for a second and more:\n\n\
             | when | B-cubed precision | recall | identities | identities of a person | with several people | tracks in no identity |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n";
    for outcome in outcomes {
        let visits = &outcome.visits;
        let _ = writeln!(
            text,
            "| {} | {:.3} | {:.3} | {} | {:.2} | {} | {} |",
            outcome.name,
            visits.precision,
            visits.recall,
            visits.clusters,
            outcome.identities_each,
            visits.false_merges,
            visits.undecided,
        );
    }
    text += "\nAsked for: IDF1 0.92, no identity with several people, at most 1.3 identities of a person on a day and 1.5 on both.\n";
    if let Some(all) = outcomes.last().filter(|all| !all.mixed.is_empty()) {
        text += "\nIdentities with several people, on both days, by tracks:\n\n";
        for people in &all.mixed {
            let people: Vec<String> = people.iter().map(|(who, tracks)| format!("{who} ({tracks})")).collect();
            let _ = writeln!(text, "- {}", people.join(", "));
        }
    }
    text
}

fn networks(settings: &ReidSettings) -> &'static str {
    match (&settings.face_recognizer, &settings.embedder) {
        (Some(_), Some(_)) => "By faces and appearances.",
        (Some(_), None) => "By faces alone.",
        (None, Some(_)) => "By appearances alone.",
        (None, None) => "By nothing.",
    }
}
