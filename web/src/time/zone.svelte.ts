// Where the cameras are, which need not be where the viewer is: the site's zone, as the gateway tells it.

let zone = $state("UTC");

export function cameraZone(): string {
  return zone;
}

/** Takes the zone over; one that this browser does not know leaves UTC. */
export function learnCameraZone(name: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    zone = name;
  } catch {
    zone = "UTC";
  }
}
