//! Postgres and NATS away, at the start and later: 503 within five seconds, `/health` within one, and all is well again after.

use std::time::{Duration, Instant};

use futures::future::join_all;
use iris_testkit::nats::NatsServer;
use iris_testkit::postgres::PostgresServer;
use iris_testkit::wait;
use serde_json::json;

use crate::support::{Gateway, SOON, answer, json_of};

#[tokio::test]
async fn the_gateway_lives_through_the_loss_of_its_surroundings() {
    let (mut nats, mut postgres) = tokio::try_join!(NatsServer::start(), PostgresServer::start()).unwrap();
    postgres.stop().await.unwrap();
    nats.stop().await.unwrap();
    let gateway = Gateway::start(&postgres.url("postgres"), &nats.url(), |_| {}).await;
    refuses_in_time(&gateway).await;
    assert_eq!(health(&gateway).await, "degraded");

    postgres.start_again().await.unwrap();
    gateway.works().await;
    // Without the bus cameras can be entered all the same; ingest hears of them when it is back.
    let camera = gateway.camera("Gate").await;
    assert_eq!(health(&gateway).await, "degraded");
    nats.start_again().await.unwrap();
    let bus = bus_of(&nats).await;
    wait::until(SOON, "the camera on the bus", || async {
        let table = bus.cameras().await?.list().await?;
        anyhow::ensure!(table.len() == 1, "{} cameras", table.len());
        Ok(())
    })
    .await
    .unwrap();
    // A camera needs services, and there are none.
    assert_eq!(health(&gateway).await, "degraded");
    json_of(gateway.put(&format!("/api/cameras/{}", camera["id"]), &json!({ "enabled": false })), 200).await;
    becomes(&gateway, "ok").await;

    postgres.stop().await.unwrap();
    refuses_in_time(&gateway).await;
    becomes(&gateway, "degraded").await;
    postgres.start_again().await.unwrap();
    gateway.works().await;
    becomes(&gateway, "ok").await;
    nats.kill();
    becomes(&gateway, "degraded").await;
    answer(gateway.get("/api/cameras"), 200).await;
    gateway.stop().await;
}

async fn bus_of(nats: &NatsServer) -> iris_bus::Bus {
    let options = iris_bus::BusOptions { url: nats.url(), name: "test".to_owned() };
    iris_bus::Bus::connect(&options).await.unwrap()
}

async fn refuses_in_time(gateway: &Gateway) {
    let camera = json!({ "name": "Gate", "rtsp_url": "rtsp://h/s" });
    let requests = [
        gateway.get("/api/cameras"),
        gateway.get("/api/cameras/1"),
        gateway.get("/api/events"),
        gateway.get("/api/events/1/clip"),
        gateway.get("/api/system"),
        gateway.get("/api/identities"),
        gateway.get("/api/identities/analytics"),
        gateway.get("/api/people"),
        gateway.get("/api/face-groups"),
        gateway.post("/api/identities/merge", &json!({ "target_id": 1, "source_ids": [2] })),
        gateway.delete("/api/people/1"),
        gateway.post("/api/cameras", &camera),
        gateway.put("/api/cameras/1", &json!({})),
        gateway.delete("/api/cameras/1"),
        gateway.post("/api/events/bulk-delete", &json!({ "ids": [1] })),
        gateway.post("/api/events/clear-all", &json!({ "confirm": true })),
    ];
    let started = Instant::now();
    for body in join_all(requests.map(|request| json_of(request, 503))).await {
        assert_eq!(body, json!({ "detail": "The database is not available." }));
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    // What is wrong with a request is told all the same.
    answer(gateway.get("/api/cameras/x"), 422).await;
    answer(gateway.post("/api/cameras", &json!({})), 422).await;
}

async fn health(gateway: &Gateway) -> String {
    let started = Instant::now();
    let health = json_of(gateway.get("/health"), 200).await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    health["status"].as_str().unwrap().to_owned()
}

async fn becomes(gateway: &Gateway, status: &str) {
    wait::until(SOON, "another health", || async {
        let now = health(gateway).await;
        anyhow::ensure!(now == status, "{now}");
        Ok(())
    })
    .await
    .unwrap();
}
