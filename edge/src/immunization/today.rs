//! *Imunisasi hari ini*: who is due for what, and how many doses of each vaccine that makes.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use care::immunization::{Catalogue, schedule};
use protocol::CitizenId;
use protocol::immunization::NotGiven;

use super::case::subject;
use super::history::History;
use super::plan::Plan;
use crate::app::Edge;
use crate::roster::Listed;
use crate::staff::Staff;
use crate::web::{Shell, Trouble, page, words};

/// The age in months from which on no posyandu gives a vaccine.
const TOO_OLD: i32 = 60;

/// Longer lists are searched instead of read.
const AT_MOST: usize = 300;

#[derive(Template)]
#[template(path = "immunization/today.html")]
struct TodayPage {
    shell: Shell,
    believable: bool,
    refused: Option<String>,
    arrived: Vec<Waiting>,
    /// The first of them.
    expected: Vec<Waiting>,
    expected_count: usize,
    /// Doses by vaccine: of those who are here, and of everybody.
    vials: Vec<(String, usize, usize)>,
}

/// A child with what it is due for.
struct Waiting {
    child: CitizenId,
    name: String,
    about: String,
    doses: String,
}

pub(super) async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    let plan = Plan::load(&edge).await?;
    let (mut arrived, mut expected) = (Vec::new(), Vec::new());
    let mut vials: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    if now.believable {
        let catalogue = plan.catalogue();
        let tickets = edge.store.tickets_on(staff.posyandu.id, now.today.into())?;
        let came: HashSet<CitizenId> = tickets.iter().map(|ticket| ticket.citizen).collect();
        let is_young = |child: &Listed| growth::completed_months(child.birth_date, now.today) < TOO_OLD;
        let children: Vec<Listed> = edge.roster.all(staff.posyandu.id).into_iter().filter(is_young).collect();
        let due = all_due(&edge, &plan, &catalogue, &children)?;
        for (child, due) in children.into_iter().zip(due).filter(|(_, due)| !due.is_empty()) {
            let is_here = came.contains(&child.id);
            for (antigen, _) in &due {
                let count = vials.entry(antigen.clone()).or_default();
                count.0 += usize::from(is_here);
                count.1 += 1;
            }
            let doses: Vec<String> = due.iter().map(|(antigen, dose)| format!("{antigen} {dose}")).collect();
            let waiting = Waiting {
                about: format!("{} · Ibu {}", words::age(child.birth_date, now.today), child.mother),
                child: child.id,
                name: child.name,
                doses: doses.join(", "),
            };
            if is_here { arrived.push(waiting) } else { expected.push(waiting) }
        }
    }
    let expected_count = expected.len();
    expected.truncate(AT_MOST);
    page(&TodayPage {
        shell: Shell::of(&edge, &staff),
        believable: now.believable,
        refused: plan.refused,
        arrived,
        expected_count,
        expected,
        vials: vials.into_iter().map(|(antigen, (come, all))| (antigen, come, all)).collect(),
    })
}

/// What each child is due for, worked out on every core: at a large Puskesmas there are thousands of them.
fn all_due(
    edge: &Edge,
    plan: &Plan,
    catalogue: &Catalogue<'_>,
    children: &[Listed],
) -> Result<Vec<Vec<(String, u8)>>, Trouble> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let part = children.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let of_part = |some: &[Listed]| some.iter().map(|child| due(edge, plan, catalogue, child)).collect();
        let working: Vec<_> = children.chunks(part).map(|some| scope.spawn(move || of_part(some))).collect();
        let mut all = Vec::with_capacity(children.len());
        for work in working {
            let done: Result<Vec<_>, Trouble> = work.join().map_err(|_| Trouble::Broken)?;
            all.extend(done?);
        }
        Ok(all)
    })
}

/// The doses that may be given to a child today and are waited for.
fn due(
    edge: &Edge,
    plan: &Plan,
    catalogue: &Catalogue<'_>,
    child: &Listed,
) -> Result<Vec<(String, u8)>, Trouble> {
    let today = edge.clock.now().today;
    let history = History::load(&edge.store, child.id, today)?;
    let given = history.given();
    let lines = schedule(catalogue, subject(plan, child.birth_date, child.sex), &given, today);
    let is_forbidden = |antigen: &str, dose| {
        history.refusal(antigen, dose).is_some_and(|refusal| refusal.reason == NotGiven::Contraindicated)
    };
    let due = lines.filter(|line| line.is_awaited() && line.may_be_given(today));
    let due = due.map(|line| (line.rule.antigen.to_owned(), line.rule.dose));
    Ok(due.filter(|(antigen, dose)| !is_forbidden(antigen, *dose)).collect())
}
