//! The `cameras` table as sea-orm reads it.

use std::fmt;

use sea_orm::entity::prelude::*;

/// A stream address with its credentials. sea-orm wants rows to be printable; this prints nothing.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct SourceColumn(pub String);

impl fmt::Debug for SourceColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceColumn(..)")
    }
}

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cameras")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub source_url: SourceColumn,
    pub enabled: bool,
    pub rtsp_transport: String,
    pub detect_conf: f32,
    pub detect_iou: f32,
    pub detect_imgsz: i32,
    pub detect_interval: f32,
    pub pre_seconds: i32,
    pub post_seconds: i32,
    pub trigger_classes: String,
    pub trigger_cooldown: f32,
    pub min_trigger_frames: i32,
    pub faces_enabled: bool,
    pub reid_enabled: bool,
    pub source_generation: i64,
    pub created_at: TimeDateTimeWithTimeZone,
    pub updated_at: TimeDateTimeWithTimeZone,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
