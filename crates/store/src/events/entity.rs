//! The `events`, `event_totals` and `deleted_events` tables as sea-orm reads them.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub key: Uuid,
    pub kind: String,
    pub camera_id: i64,
    pub source_generation: i64,
    pub label: String,
    pub ts: TimeDateTimeWithTimeZone,
    pub end_ts: Option<TimeDateTimeWithTimeZone>,
    pub confidence: f32,
    pub num_tracks: i32,
    pub clip_status: String,
    pub clip_failure: Option<String>,
    pub clip_path: Option<String>,
    pub clip_start: Option<TimeDateTimeWithTimeZone>,
    pub clip_end: Option<TimeDateTimeWithTimeZone>,
    pub clip_gaps: Option<Json>,
    pub clip_bytes: Option<i64>,
    pub thumbnail_path: Option<String>,
    pub created_at: TimeDateTimeWithTimeZone,
    pub identity_id: Option<i64>,
    pub person_id: Option<i64>,
    pub person_name: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "crate::cameras::entity::Entity",
        from = "Column::CameraId",
        to = "crate::cameras::entity::Column::Id"
    )]
    Camera,
}

impl Related<crate::cameras::entity::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Camera.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

pub mod totals {
    //! Counters kept by a trigger; only ever read here.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "event_totals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub grain: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub camera_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub bucket: TimeDateTimeWithTimeZone,
        pub count: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod deleted {
    //! Tombstones, written by a trigger.

    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "deleted_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: Uuid,
        pub deleted_at: TimeDateTimeWithTimeZone,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
