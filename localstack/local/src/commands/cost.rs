//! `fermata cost`: what a catalogue costs on AWS, part by part.

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets::NOTHING};

use crate::{
    cli::CostArgs,
    cost::{Bill, Costs},
    terminal::{
        print, print_json,
        words::{number, rounded},
    },
};

pub(super) fn execute(args: &CostArgs) -> Result<()> {
    let costs = Costs::of(args.artists, args.requests, args.runs_per_month);
    if args.json { print_json(&costs.to_json()) } else { print(&to_text(&costs)) }
}

fn to_text(costs: &Costs) -> String {
    let sections = [
        ("First run", &costs.first_run),
        ("Each later run", &costs.weekly_run),
        ("The export after each run", &costs.export),
        ("With SearchIndexes, the first run in addition", &costs.index_first_run),
        ("With SearchIndexes, each later run in addition", &costs.index_weekly_run),
        ("A million edges, if sources see who appears with whom", &costs.edges),
        ("With Recommendations, a month of a thousand users", &costs.recommendations_month),
        ("Where Spotify is asked for them, in addition", &costs.recommendations_asked_month),
        ("A month without a run", &costs.idle_month),
        ("Storage for a month", &costs.storage_month),
    ];
    let sections: Vec<String> = sections
        .iter()
        .map(|(title, bill)| format!("{title}: {}\n{}\n", dollars(bill.dollars(), 2), table(bill)))
        .collect();
    format!(
        "{} artists in {} requests, at list prices of us-east-1 without a free tier\n\n{}\n\
         A month with {} later runs: {}",
        number(u64::from(costs.artists)),
        rounded(costs.requests),
        sections.join("\n"),
        costs.runs_per_month,
        dollars(costs.month(), 2),
    )
}

fn table(bill: &Bill) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for part in &bill.0 {
        let price = &part.price;
        let per = match rounded(price.per).as_str() {
            "1" => "each".to_owned(),
            "1,000,000" => "a million".to_owned(),
            many => format!("for {many}"),
        };
        table.add_row([
            format!(" {}", part.what),
            quantity(part.quantity),
            price.unit.to_owned(),
            format!("× ${} {per}", price.dollars),
            dollars(part.dollars(), 4),
        ]);
    }
    for column in [1, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn quantity(quantity: f64) -> String {
    if quantity < 100.0 && quantity.fract() != 0.0 { format!("{quantity:.4}") } else { rounded(quantity) }
}

fn dollars(dollars: f64, digits: usize) -> String {
    format!("${dollars:.digits$}")
}
