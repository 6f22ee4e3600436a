//! *Tugas*: what the Puskesmas asks to be done for somebody, the most urgent on top.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use protocol::CitizenId;
use protocol::feed::Task;

use crate::app::Edge;
use crate::staff::Staff;
use crate::web::{Shell, Trouble, page, words};

#[derive(Template)]
#[template(path = "roster/tasks.html")]
struct TasksPage {
    shell: Shell,
    rows: Vec<Row>,
}

struct Row {
    child: CitizenId,
    name: String,
    mother: String,
    due: Due,
}

/// A task as a page shows it.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// What to do.
    pub(crate) text: String,
    /// By when, as a date.
    pub(crate) by: Option<String>,
    /// That day is over.
    pub(crate) is_late: bool,
}

impl Due {
    /// A task on a day; without one nothing is late.
    pub(crate) fn of(task: &Task, today: Option<NaiveDate>) -> Self {
        let by = task.due.and_then(|due| due.to_naive());
        let is_late = by.zip(today).is_some_and(|(by, today)| by < today);
        Self { text: task.text.clone(), by: by.map(|by| words::date(by).to_string()), is_late }
    }
}

pub(super) async fn show(State(edge): State<Edge>, staff: Staff) -> Result<Response, Trouble> {
    let now = edge.clock.now();
    let today = now.believable.then_some(now.today);
    let listed = edge.roster.all(staff.posyandu.id);
    let row = |task: &Task| {
        let child = listed.iter().find(|listed| listed.id == task.citizen)?;
        let (name, mother) = (child.name.clone(), child.mother.clone());
        Some(Row { child: child.id, name, mother, due: Due::of(task, today) })
    };
    let rows = edge.store.tasks()?.iter().filter_map(row).collect();
    page(&TasksPage { shell: Shell::of(&edge, &staff), rows })
}
