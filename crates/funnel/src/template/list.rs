//! Which templates there are, and for whom.

use super::Business::{B2b, Ecommerce, InformationProducts, Retail, Services, Wholesale};
use super::Goal::{Event, Launch, Leads, Repeat, SellInPerson, SellOnline, Traffic};
use super::Reach::{Ads, Email, Events, Phone, Search, Social, Store};
use super::Template;

macro_rules! templates {
    ($($id:literal: [$($goal:ident),*], [$($business:ident),*], [$($reach:ident),*];)*) => {
        pub(super) const ALL: &[Template] = &[$(Template {
            id: $id,
            goals: &[$($goal),*],
            businesses: &[$($business),*],
            reach: &[$($reach),*],
            yaml: include_str!(concat!("../../templates/", $id, ".yaml")),
        }),*];
    };
}

templates! {
    "two-phase": [Leads, SellInPerson], [Services, B2b], [Ads, Phone];
    "aida": [SellOnline], [Retail, Ecommerce, InformationProducts], [Ads, Social];
    "tofu-mofu-bofu": [Leads, Traffic], [B2b, Services, InformationProducts], [Search, Email];
    "five-stage": [SellOnline, Repeat], [Ecommerce, Retail, Services], [Search, Ads, Email];
    "six-stage": [SellOnline, Leads, Repeat], [Services, Ecommerce, InformationProducts, B2b], [Ads, Email, Phone];
    "seven-stage": [SellOnline, Repeat], [InformationProducts], [Ads, Email, Social];
    "eight-level": [SellInPerson, Repeat], [Services, Retail, Wholesale], [Ads, Phone];
    "eight-level-b2b": [SellInPerson, Leads, Repeat], [B2b, Wholesale], [Phone, Events];
    "eight-level-retail": [SellInPerson, Repeat], [Retail], [Store, Ads];
    "four-level": [SellOnline, Repeat], [Ecommerce, Wholesale], [Ads, Email, Search];
    "automated-ladder": [SellOnline, Repeat], [InformationProducts, Ecommerce], [Ads, Email];
    "offline-event": [Event, SellInPerson], [Services, B2b, Retail, Wholesale], [Events, Phone];
    "product-launch": [Launch, SellOnline], [InformationProducts, Ecommerce, Retail], [Email, Social];
    "traffic": [Traffic], [InformationProducts, Ecommerce, Retail], [Search, Social, Email];
    "consultation": [SellInPerson, Leads], [Services, B2b], [Search, Phone];
    "webinar-live": [Event, Launch, SellInPerson], [InformationProducts, B2b, Services], [Events, Email];
    "webinar-evergreen": [SellOnline, Leads], [InformationProducts, Services], [Ads, Events, Email];
}
