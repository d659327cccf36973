//! The OpenAPI description as a file under version control: a change of the API is seen in review, and the
//! admin interface takes its types from it.

use std::path::Path;

#[test]
fn the_snapshot_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = format!("{:#}\n", serde_json::to_value(web::api::openapi()).expect("OpenAPI is JSON"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &now).expect("the snapshot is written");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == now, "the API has changed: run the tests with UPDATE_SNAPSHOTS=1 and look at the difference");
}
