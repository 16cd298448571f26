//! The schema's history, embedded in the program. `Store::migrate` runs what a database lacks; each step is one SQL file, written
//! for PostgreSQL, because triggers, checks and partial indexes carry half of what the schema promises. A step that was released
//! is never edited: the next one changes what it did.

use sea_orm_migration::prelude::*;

/// Every step, oldest first.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Step {
                name: "0001_cameras_and_events",
                sql: include_str!("migrations/0001_cameras_and_events.sql"),
            }),
            Box::new(Step { name: "0002_identities", sql: include_str!("migrations/0002_identities.sql") }),
            Box::new(Step {
                name: "0003_undo_of_names_and_rejections",
                sql: include_str!("migrations/0003_undo_of_names_and_rejections.sql"),
            }),
            Box::new(Step { name: "0004_visits", sql: include_str!("migrations/0004_visits.sql") }),
            Box::new(Step { name: "0005_camera_downtimes", sql: include_str!("migrations/0005_camera_downtimes.sql") }),
        ]
    }
}

struct Step {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.sql).await?;
        Ok(())
    }
}
