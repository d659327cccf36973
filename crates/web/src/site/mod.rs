//! The public site: pages, forms, downloads, offers.

pub mod render;
