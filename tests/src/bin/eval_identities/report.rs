//! The report, as Markdown.

use std::fmt::Write as _;

use iris_domain::identity::AssociationRules;
use iris_testkit::scoring::ClusterScores;

use crate::alike::{Alike, Of};
use crate::footage::Visit;
use crate::scenarios::{CAMERAS, Orders, Scenarios};

const HEAD: &str = "\
# How well people are known again

Written by `make eval`, from the real footage and the public networks of the test data (YOLOX-Nano, SCRFD-500M, a quantised \
MobileFaceNet, OSNet x0.25): decoded, judged at five pictures a second, followed, cropped and embedded as the services do it, \
and put through the real association with PostgreSQL, NATS and the gallery in memory. What a visit is taken for when all are over \
is scored. Some thresholds were chosen by looking at this footage: expect less elsewhere.
";

pub fn report(rules: &AssociationRules, asl: &[Visit], walkers: &[Visit], scenarios: &Scenarios) -> String {
    let mut text = HEAD.to_owned();
    let _ = write!(
        text,
        "\nThresholds: faces join at {:.2}, appearances at {:.2}, people are named at {:.2}.\n",
        rules.face_join, rules.body_join, rules.person
    );
    identities(&mut text, scenarios);
    mistakes(&mut text, scenarios);
    vectors(&mut text, rules, asl, walkers);
    named(&mut text, scenarios);
    text
}

fn identities(text: &mut String, scenarios: &Scenarios) {
    let _ = write!(
        text,
        "\n## Identities\n\nEach story {} times: the visits in another order, on {CAMERAS} cameras at random. Means, and the worst order in brackets.\n\n\
         | story | people | B-cubed precision | recall | F | identities | false merges | undecided |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        scenarios.all.scores.len()
    );
    for orders in [&scenarios.asl, &scenarios.all, &scenarios.walkers] {
        let least = |of: &dyn Fn(&ClusterScores) -> f64| orders.scores.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: &dyn Fn(&ClusterScores) -> f64| orders.scores.iter().map(of).fold(0.0, f64::max);
        let mean =
            |of: &dyn Fn(&ClusterScores) -> f64| orders.scores.iter().map(of).sum::<f64>() / orders.scores.len() as f64;
        let share = |of: &dyn Fn(&ClusterScores) -> f64| format!("{:.3} ({:.3})", mean(of), least(of));
        let count = |of: &dyn Fn(&ClusterScores) -> f64| format!("{:.2} ({:.0})", mean(of), most(of));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            orders.name,
            orders.scores.first().map_or(0, |scores| scores.people),
            share(&|scores| scores.precision),
            share(&|scores| scores.recall),
            share(&ClusterScores::f),
            count(&|scores| scores.clusters as f64),
            count(&|scores| scores.false_merges as f64),
            count(&|scores| scores.undecided as f64),
        );
    }
}

fn mistakes(text: &mut String, scenarios: &Scenarios) {
    text.push_str("\nWhat went wrong, and how often:\n\n");
    for Orders { name, mistakes, .. } in [&scenarios.asl, &scenarios.all, &scenarios.walkers] {
        if mistakes.is_empty() {
            let _ = writeln!(text, "- {name}: nothing.");
        }
        for (mistake, times) in mistakes {
            let _ = writeln!(text, "- {name}: {mistake}: {times}.");
        }
    }
}

fn vectors(text: &mut String, rules: &AssociationRules, asl: &[Visit], walkers: &[Visit]) {
    text.push_str(
        "\n## Vectors\n\nCosines between the means of visits. Rank-1: of the visits of those who come again, the share that is most like another of their own.\n\n\
         | vectors | visits | same: least, median | different: median, most | rank-1 |\n| --- | --- | --- | --- | --- |\n",
    );
    let all: Vec<Visit> = asl.iter().chain(walkers).cloned().collect();
    let rows = [
        ("faces", Alike::of(Of::Face, &all, rules)),
        ("appearances, five people", Alike::of(Of::Body, asl, rules)),
        ("appearances, walkers", Alike::of(Of::Body, walkers, rules)),
    ];
    for (name, Alike { visits, same, different, rank_1 }) in rows {
        let (least, most) = (same.first().copied(), different.last().copied());
        let middle = |of: &[f32]| of.get(of.len() / 2).copied();
        let number = |of: Option<f32>| of.map_or_else(|| "-".to_owned(), |of| format!("{of:.2}"));
        let rank = if same.is_empty() { "-".to_owned() } else { format!("{rank_1:.3}") };
        let _ = writeln!(
            text,
            "| {name} | {visits} | {}, {} | {}, {} | {rank} |",
            number(least),
            number(middle(&same)),
            number(middle(&different)),
            number(most)
        );
    }
}

fn named(text: &mut String, scenarios: &Scenarios) {
    text.push_str(
        "\n## Names\n\nA talk in four shots; six people are enrolled by one photo each, three of whom are in it.\n\n| who is known in the shot | who was named, by how many tracks |\n| --- | --- |\n",
    );
    for (known, named) in &scenarios.talk.shots {
        let named: Vec<String> = named.iter().map(|(name, tracks)| format!("{name} ({tracks})")).collect();
        let _ = writeln!(
            text,
            "| {} | {} |",
            known.join(", "),
            if named.is_empty() { "nobody".to_owned() } else { named.join(", ") }
        );
    }
}
