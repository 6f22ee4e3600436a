//! The frame around every page: who is signed in, where one is, and the hub's own style and script.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use super::{PageError, assets};
use crate::staff::Staff;

/// What the frame of a page needs to know; every page's template holds one as `shell`.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    /// What the browser's tab says.
    pub(crate) title: String,
    /// Who is signed in, if anybody.
    pub(crate) reader: Option<Reader>,
}

/// Who reads the page.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) puskesmas: String,
}

impl Shell {
    /// The frame of a page for a member of staff.
    pub(crate) fn of(staff: &Staff, title: impl Into<String>) -> Self {
        let reader = Reader {
            name: staff.name.clone(),
            role: staff.role.label(),
            puskesmas: staff.puskesmas_name.clone(),
        };
        Self { title: title.into(), reader: Some(reader) }
    }

    /// The frame of a page anybody may see.
    pub(crate) fn open(title: impl Into<String>) -> Self {
        Self { title: title.into(), reader: None }
    }

    /// Name of the style sheet under `/aset/`.
    pub(crate) fn style(&self) -> &'static str {
        assets::style()
    }

    /// Name of the script under `/aset/`.
    pub(crate) fn script(&self) -> &'static str {
        assets::script()
    }

    /// Name of the sign under `/aset/`.
    pub(crate) fn sign(&self) -> &'static str {
        assets::sign()
    }
}

/// Renders a page as an answer.
pub(crate) fn page(template: &impl Template) -> Result<Response, PageError> {
    Ok(Html(template.render()?).into_response())
}
