use proptest::prelude::*;

use super::*;

fn check_palette(palette: &Palette) -> Result<(), String> {
    let p = palette;
    for (what, text, ground, least) in [
        ("ink on surface", p.ink, p.surface, 7.0),
        ("ink on tint", p.ink, p.tint, MIN_TEXT_CONTRAST),
        ("ink on raised", p.ink, p.raised, MIN_TEXT_CONTRAST),
        ("muted on surface", p.muted, p.surface, MIN_TEXT_CONTRAST),
        ("muted on tint", p.muted, p.tint, MIN_TEXT_CONTRAST),
        ("link on surface", p.link, p.surface, MIN_TEXT_CONTRAST),
        ("link on tint", p.link, p.tint, MIN_TEXT_CONTRAST),
        ("text on a button", p.on_accent, p.accent, MIN_TEXT_CONTRAST),
        ("text on a button under the pointer", p.on_accent, p.accent_hover, MIN_TEXT_CONTRAST),
        ("text on deep", p.on_deep, p.deep, 7.0),
        ("muted on deep", p.muted_on_deep, p.deep, MIN_TEXT_CONTRAST),
        ("danger on surface", p.danger, p.surface, MIN_TEXT_CONTRAST),
        ("border on surface", p.border, p.surface, MIN_SHAPE_CONTRAST),
    ] {
        let seen = contrast(text, ground);
        if seen < least {
            return Err(format!("{what}: {text} on {ground} is {seen:.2}, needs {least}"));
        }
    }
    Ok(())
}

#[test]
fn the_default_look_can_be_read() {
    check_palette(&Brand::default().palette()).unwrap();
}

#[test]
fn contrast_is_wcags() {
    let (black, white) = (Color::rgb(0, 0, 0), Color::rgb(255, 255, 255));
    assert!((contrast(black, white) - 21.0).abs() < 1e-9);
    assert!((contrast("#777".parse().unwrap(), white) - 4.478).abs() < 0.001);
}

#[test]
fn colours_are_read_and_written() {
    assert_eq!("#0F6".parse::<Color>().unwrap().to_string(), "#00ff66");
    for bad in ["", "red", "#12", "#1234567", "#ggg", "0f6e6e", "#0f6e6e;}body{display:none"] {
        assert!(bad.parse::<Color>().is_err(), "{bad}");
    }
    let brand: Brand = serde_json::from_str(r##"{"name": "A", "accent": "#a33"}"##).unwrap();
    assert_eq!(brand.accent.to_string(), "#aa3333");
}

proptest! {
    #[test]
    fn every_choice_of_colours_can_be_read(accent in any::<[u8; 3]>(), surface in any::<[u8; 3]>(), ink in any::<[u8; 3]>()) {
        let color = |[r, g, b]: [u8; 3]| Color::rgb(r, g, b);
        let brand = Brand { accent: color(accent), surface: color(surface), ink: color(ink), ..Brand::default() };
        prop_assert_eq!(check_palette(&brand.palette()), Ok(()));
    }

    #[test]
    fn mixing_ends_where_it_should(a in any::<[u8; 3]>(), b in any::<[u8; 3]>()) {
        let (a, b) = (Color::rgb(a[0], a[1], a[2]), Color::rgb(b[0], b[1], b[2]));
        prop_assert_eq!(a.mix(b, 0.0), a);
        prop_assert_eq!(a.mix(b, 1.0), b);
    }
}
