//! The catalogue as a page: what a good costs here, and what the township asks.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_domain::market::Listing;
use verger_domain::money::Currency;

use super::store::good_name;
use super::{Frame, html, lang_of};
use crate::Web;
use crate::api::on_sale;
use crate::fault::Fault;
use crate::input::village_of;
use crate::text::Lang;

#[derive(Template)]
#[template(path = "goods.html")]
struct GoodsPage {
    f: Frame,
    /// The language of the other names.
    other: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    /// The name in the other writing.
    other: String,
    price: String,
    township: Option<String>,
    saving: Option<String>,
    is_cheaper: bool,
}

/// A village sells some hundred goods; a page with more would be a list.
const GOODS_MAX: usize = 500;

/// `GET /{lang}/v/{village}/goods`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let mut goods = web.app().ask(id, move |reader, cell| on_sale(reader, cell, id)).await?;
    goods.truncate(GOODS_MAX);
    let currency = village.currency;
    let rows = goods.into_iter().map(|good| row(lang, good, currency)).collect();
    let other = if lang == Lang::ZhCn { "en" } else { "zh-CN" };
    html(&GoodsPage { f: Frame::of(&web, lang, &village, ("goods-title", "goods")), other, rows })
}

fn row(lang: Lang, good: Listing, currency: Currency) -> Row {
    let township = good.text.township_price_minor.filter(|minor| *minor > 0);
    let saved_ppm = township.map(|there| {
        let saved = i128::from(there) - i128::from(good.price_minor);
        i64::try_from(saved * 1_000_000 / i128::from(there)).unwrap_or(0)
    });
    Row {
        name: good_name(lang, &good.text),
        other: if lang == Lang::ZhCn { good.text.name_latin } else { good.text.name },
        price: lang.money(good.price_minor, currency),
        township: township.map(|minor| lang.money(minor, currency)),
        saving: saved_ppm.map(|ppm| lang.percent(ppm)),
        is_cheaper: saved_ppm.is_some_and(|ppm| ppm > 0),
    }
}
