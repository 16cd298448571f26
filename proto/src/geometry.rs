//! `geometry.proto`

use iris_domain::BBox;

use crate::{Malformed, wire};

pub(crate) fn to_wire(bbox: &BBox) -> wire::Box {
    let BBox { x1, y1, x2, y2 } = *bbox;
    wire::Box { x1, y1, x2, y2 }
}

pub(crate) fn from_wire(bbox: Option<wire::Box>) -> Result<BBox, Malformed> {
    let wire::Box { x1, y1, x2, y2 } = bbox.ok_or_else(|| Malformed::new("a box is missing"))?;
    BBox::clipped(x1, y1, x2, y2).ok_or_else(|| Malformed::new("a box is empty or not finite"))
}
