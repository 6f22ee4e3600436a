//! The page on which figures are typed: only what was measured.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use protocol::measured::What;
use uuid::Uuid;

use super::field::{Filled, Group, Wrong, fill, groups};
use super::form::Typed;
use super::save::{Sheet, keep, today};
use super::visitor::{Top, Visitor};
use crate::app::Edge;
use crate::staff::Staff;
use crate::web::{Trouble, page};

/// What tells the pages of an adult and of a pregnant woman apart.
pub(crate) struct Asking {
    /// The name under which the half-filled page is kept.
    pub(crate) draft: &'static str,
    /// The page it belongs to, e.g. `/people/{id}/adult`; it stands under that at `/measure`.
    pub(crate) of: String,
    /// Where what is typed so far is sent.
    pub(crate) keeps: String,
    /// What is asked for, in order.
    pub(crate) whats: Vec<What>,
    /// Where one goes on to once it is saved.
    pub(crate) next: String,
}

#[derive(Template)]
#[template(path = "measuring/page.html")]
struct MeasurePage {
    top: Top,
    of: String,
    keeps: String,
    sheet: Uuid,
    groups: Vec<Group>,
    wrong: Vec<Wrong>,
    asked: Vec<String>,
    seen: String,
}

impl Asking {
    /// The page as it was left.
    pub(crate) fn show(self, edge: &Edge, visitor: &Visitor) -> Result<Response, Trouble> {
        let typed = Typed::kept(edge, self.draft, visitor.person.id)?;
        self.page(edge, visitor, typed, Vec::new(), (Vec::new(), String::new()))
    }

    /// Saves what was typed, or shows the page again with what is unclear and nothing lost.
    pub(crate) async fn take(
        self,
        edge: &Edge,
        staff: &Staff,
        visitor: &Visitor,
        mut typed: Typed,
    ) -> Result<Response, Trouble> {
        let (id, number) = (visitor.person.id, typed.sheet());
        let ticket = today(edge, staff, visitor).await?;
        match fill(edge, visitor, &ticket, &typed, &self.whats).await? {
            Filled::Said(said) => {
                let mut sheet = Sheet::new(visitor, staff, &ticket, number);
                said.into_iter().for_each(|said| sheet.measure(said));
                keep(edge, sheet).await?;
                Typed::forget(edge, self.draft, id).await?;
                Ok(Redirect::to(&self.next).into_response())
            }
            Filled::Wrong(wrong) => {
                typed.keep(edge, self.draft, id).await?;
                let page = self.page(edge, visitor, typed, wrong, (Vec::new(), String::new()))?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
            Filled::Odd(asked, seen) => {
                typed.keep(edge, self.draft, id).await?;
                self.page(edge, visitor, typed, Vec::new(), (asked, seen))
            }
        }
    }

    fn page(
        self,
        edge: &Edge,
        visitor: &Visitor,
        mut typed: Typed,
        wrong: Vec<Wrong>,
        (asked, seen): (Vec<String>, String),
    ) -> Result<Response, Trouble> {
        page(&MeasurePage {
            top: visitor.top(self.of.clone()),
            sheet: typed.sheet(),
            groups: groups(edge, visitor, &self.whats, &typed, &wrong),
            of: self.of,
            keeps: self.keeps,
            wrong,
            asked,
            seen,
        })
    }
}
