//! A phone takes five children away from the node, visits three of them with the node switched off, and hands over once.

mod satchel;
mod village_name;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use chrono::NaiveDate;
use serde_json::json;
use sqlx::PgConnection;

use super::{Telling, Told, figures};
use crate::demo::day::history_arrived;
use crate::harness::page::plain;
use crate::harness::{Driver, Stage, World, until};
use crate::population::Child;
use satchel::{Satchel, sign_in};
use village_name::Secured;

/// Of the five that are taken along.
const VISITED: usize = 3;
const HUB_WITHIN: Duration = Duration::from_secs(60);

pub(super) async fn tell(telling: &Telling) -> anyhow::Result<Told> {
    let stage = Stage::new()?;
    let play = stage.play(telling.seed, 1, 1);
    stage.tell(&play, async |world: &mut World| visited(world, telling).await).await
}

async fn visited(world: &mut World, telling: &Telling) -> anyhow::Result<Told> {
    history_arrived(world).await?;
    let secured = Secured::bring(world).await?;
    let driver = Driver::start(&world.keeper).await?;
    let mut phone = Satchel::new(&driver, secured.phone(&driver)?, &secured.address).await?;
    let children = chosen(world)?;
    let taken: Vec<&Child> = children.iter().collect();
    leave(world, &mut phone, &taken).await?;
    let offline = visit(world, &mut phone, &children, telling.export.as_deref()).await?;
    hand_over(world, &mut phone, &children, telling).await?;
    let once = exactly_once(world, &children).await?;
    anyhow::ensure!(phone.sign_out().await?, "with nothing left on it, the phone is let go");
    phone.browser.close().await?;
    Ok(figures(json!({
        "taken_along": taken.len(),
        "visited_offline": offline,
        "visited_on_return": once.visits - offline as i64,
        "events_at_hub": once.events,
        "events_doubled": once.events - once.ids,
        "visits_at_home": once.visits,
    })))
}

/// Five small children of whom a weight and a length are known from last month, so that nothing is asked by chance.
fn chosen(world: &World) -> anyhow::Result<Vec<Child>> {
    let day = world.village.day;
    let last = |child: &Child| child.visits.last().filter(|visit| visit.length_tenth_mm.is_some()).copied();
    let fits = |child: &&Child| {
        let age_days = (day - child.birth_date).num_days();
        (200..650).contains(&age_days)
            && child.birth_order.is_none()
            && last(child).is_some_and(|last| (day - last.on).num_days() < 62)
    };
    let children: Vec<Child> = world.village.children.iter().filter(fits).take(5).cloned().collect();
    anyhow::ensure!(children.len() == 5, "the village has only {} such children", children.len());
    Ok(children)
}

/// Plain HTTP as ever, the way from there to TLS, and five children taken along.
async fn leave(world: &World, phone: &mut Satchel<'_>, children: &[&Child]) -> anyhow::Result<()> {
    let kader = world.staff.kader[0];
    phone.browser.goto(world.node_web()?).await?;
    sign_in(&phone.browser, kader).await?;
    phone.browser.tap("nav.rooms a[href='/tasks']").await?;
    phone.browser.tap_text("a", "Kunjungan rumah").await?;
    phone.browser.wait("a.primary[href^='https://']").await?;
    anyhow::ensure!(phone.workers().await? == 0, "a page over plain HTTP left something on the phone");
    phone.browser.tap("a.primary[href^='https://']").await?;
    phone.browser.wait("#home:not([hidden])").await?;
    phone.browser.tap("#bring").await?;
    phone.says("Masuk dulu dengan PIN").await?;
    anyhow::ensure!(phone.sign_in(kader).await?, "over TLS the phone is a stranger");
    phone.home().await?;
    // the browser dies while they are brought: whoever is there or not, they are brought once more
    phone.ask_for(children).await?;
    phone.kill().await?;
    phone.sign_in(kader).await?;
    phone.home().await?;
    phone.take_along(children).await?;
    anyhow::ensure!(phone.workers().await? == 1, "nothing on the phone would answer without the node");
    let names: Vec<&str> = children.iter().flat_map(|child| [&*child.name, &*child.mother]).collect();
    let (rows, readable) = phone.rows(&names).await?;
    anyhow::ensure!(rows == 7 && !readable, "{rows} rows, a name readable: {readable}");
    Ok(())
}

/// Three visits with the node switched off; the page loaded anew and the browser killed in between.
async fn visit(
    world: &mut World,
    phone: &mut Satchel<'_>,
    children: &[Child],
    export: Option<&Path>,
) -> anyhow::Result<usize> {
    world.node.take().context("the node is down")?.stop().await?;
    phone.home().await?;
    let [first, second, third, ..] = children else { anyhow::bail!("five were chosen") };

    phone.open(first).await?;
    type_all(phone, first).await?;
    phone.save().await?;
    phone.counts(1).await?;

    // half typed, loaded anew, killed: every letter is still there
    phone.open(second).await?;
    let weight = kilograms(next_g(second)?);
    phone.type_in("weightTyped", &weight).await?;
    kept_draft(phone, second).await?;
    phone.home().await?;
    phone.open(second).await?;
    anyhow::ensure!(phone.typed("weightTyped").await? == weight, "a page loaded anew lost what was typed");
    phone.kill().await?;
    phone.counts(1).await?;
    phone.open(second).await?;
    anyhow::ensure!(phone.typed("weightTyped").await? == weight, "a killed browser lost what was typed");
    phone.cannot("lengthNot", "refuses").await?;
    phone.save().await?;

    // two kilograms less than last month: the node will ask
    phone.open(third).await?;
    phone.type_in("weightTyped", &kilograms(last_g(third)? - 2_000)).await?;
    phone.type_in("lengthTyped", &next_length(third)?).await?;
    phone.save().await?;
    phone.counts(VISITED).await?;
    if let Some(folder) = export {
        phone.browser.picture(&folder.join("home-visits-on-the-phone.png")).await?;
        phone.open(third).await?;
        phone.browser.picture(&folder.join("home-visit.png")).await?;
        phone.home().await?;
    }
    phone.hand_over().await?;
    phone.says("Alat belum terjangkau").await?;
    phone.counts(VISITED).await?;
    Ok(VISITED)
}

/// Back at the node: no sign-out, an answer that is lost, the same again, a question answered.
async fn hand_over(
    world: &mut World,
    phone: &mut Satchel<'_>,
    children: &[Child],
    telling: &Telling,
) -> anyhow::Result<()> {
    let listen = world.place.listen()?;
    world.node = Some(world.place.start(&world.keeper, Some(&listen)).await?);
    phone.sign_in(world.staff.kader[1]).await?;
    let reminder = phone.browser.wait_text("header.top a.attention", |said| said.contains("hanya di HP ini"));
    reminder.await?;
    anyhow::ensure!(!phone.sign_out().await?, "the phone was let go with visits on it");
    phone.home().await?;
    if telling.full {
        // the node dies while it is being told
        phone.hand_over().await?;
        world.power_cut().await?;
        phone.browser.wait("#hand-over:not([disabled])").await?;
        phone.home().await?;
    }
    phone.lose_answers().await?;
    phone.hand_over().await?;
    phone.says("Alat belum terjangkau").await?;
    phone.counts(VISITED).await?;
    refused(world, phone, &children[0]).await?;
    let mut db = world.database().await?;
    let early = until(HUB_WITHIN, async || {
        let seen = at_home(&mut db, children, world.village.day).await?;
        Ok((seen.visits == 2).then_some(()))
    });
    early.await?.context("what the node took before the line broke never reached the hub")?;

    phone.home().await?;
    phone.open(&children[3]).await?;
    let weight = kilograms(next_g(&children[3])?);
    phone.type_in("weightTyped", &weight).await?;
    kept_draft(phone, &children[3]).await?;
    phone.home().await?;
    phone.hand_over().await?;
    phone.says("2 kunjungan sudah di alat. 1 masih di HP ini").await?;
    phone.counts(1).await?;
    phone.open(&children[2]).await?;
    phone.browser.wait_text("#doubt", |asked| asked.contains("Beratnya turun")).await?;
    if let Some(folder) = &telling.export {
        phone.browser.picture(&folder.join("home-visit-asked.png")).await?;
    }
    phone.browser.tap("#insist").await?;
    phone.says("Tersimpan di HP ini").await?;
    phone.hand_over().await?;
    phone.says("Semua kunjungan sudah di alat.").await?;
    // what is half typed outlives all that is handed over, and with it its child
    phone.counts(0).await?;
    phone.open(&children[3]).await?;
    anyhow::ensure!(
        phone.typed("weightTyped").await? == weight,
        "what was half typed is gone with the others"
    );
    phone.save().await?;
    phone.hand_over().await?;
    phone.says("Semua kunjungan sudah di alat. Daftar di HP ini sudah dihapus.").await?;
    phone.counts(0).await?;
    anyhow::ensure!(phone.rows(&[]).await?.0 == 0, "something of the children is still on the phone");
    let page = plain(&world.kader(0).await?.page(&format!("/children/{}", children[0].id)).await?);
    let weight = kilograms(next_g(&children[0])?);
    anyhow::ensure!(page.contains(&weight), "the child's page does not show {weight}");
    Ok(())
}

/// The answer was lost, and now nobody is signed in: what may have arrived is neither sent unasked nor changed.
async fn refused(world: &World, phone: &Satchel<'_>, child: &Child) -> anyhow::Result<()> {
    phone.home().await?;
    phone.forget_who().await?;
    phone.hand_over().await?;
    phone.says("Masuk dulu dengan PIN").await?;
    phone.counts(VISITED).await?;
    phone.tap(child).await?;
    phone.says("mungkin sudah sampai di alat").await?;
    anyhow::ensure!(phone.sign_in(world.staff.kader[1]).await?, "nobody was signed in");
    Ok(())
}

/// What the hub has of these children's visits at home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
struct Held {
    visits: i64,
    events: i64,
    ids: i64,
}

async fn exactly_once(world: &World, children: &[Child]) -> anyhow::Result<Held> {
    let mut db = world.database().await?;
    let wanted = Held { visits: 4, events: 7, ids: 7 };
    let mut last = None;
    let arrived = until(HUB_WITHIN, async || {
        let held = at_home(&mut db, children, world.village.day).await?;
        last = Some(held);
        Ok((held == wanted).then_some(held))
    });
    arrived.await?.with_context(|| format!("the hub should have {wanted:?}, it has {last:?}"))
}

async fn at_home(db: &mut PgConnection, children: &[Child], day: NaiveDate) -> anyhow::Result<Held> {
    let before = children.iter().flat_map(|child| &child.visits);
    let before: i64 = before.map(|visit| 1 + i64::from(visit.length_tenth_mm.is_some())).sum();
    let children: Vec<uuid::Uuid> = children.iter().map(|child| child.id.0).collect();
    let held = sqlx::query_as(
        r#"
        select (
                select count(*) from child_growth_records
                where citizen_id = any ($1) and place = 'home' and observed_on = $2
            ) as visits,
            count(*) - $3 as events,
            count(distinct event_id) - $3 as ids
        from event_log
        where citizen_id = any ($1) and kind in (2, 3)
        "#,
    );
    Ok(held.bind(children).bind(day).bind(before).fetch_one(db).await?)
}

async fn type_all(phone: &Satchel<'_>, child: &Child) -> anyhow::Result<()> {
    phone.type_in("weightTyped", &kilograms(next_g(child)?)).await?;
    phone.type_in("lengthTyped", &next_length(child)?).await
}

/// Waits until the phone has what is being typed.
async fn kept_draft(phone: &Satchel<'_>, child: &Child) -> anyhow::Result<()> {
    let kept = until(HUB_WITHIN, async || {
        let (_, there) = phone.rows(&[&format!("draft:{}", child.id)]).await?;
        Ok(there.then_some(()))
    });
    kept.await?.context("what is half typed is never kept")
}

fn last_g(child: &Child) -> anyhow::Result<u32> {
    child.visits.last().map(|last| last.mass_g).context("it was weighed last month")
}

fn next_g(child: &Child) -> anyhow::Result<u32> {
    Ok(last_g(child)? + 200)
}

/// A centimetre more than last month.
fn next_length(child: &Child) -> anyhow::Result<String> {
    let last =
        child.visits.last().and_then(|last| last.length_tenth_mm).context("it was measured last month")?;
    let tenth_mm = last + 100;
    Ok(format!("{},{}", tenth_mm / 100, tenth_mm % 100 / 10))
}

fn kilograms(mass_g: u32) -> String {
    format!("{},{:02}", mass_g / 1_000, mass_g % 1_000 / 10)
}
