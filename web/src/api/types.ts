// The shapes that the gateway answers with, by the names this page uses.

import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Camera = Schemas["Camera"];
export type CameraStatus = Schemas["CameraStatus"];
export type CameraCreation = Schemas["CameraCreation"];
export type CameraDowntime = Schemas["CameraDowntime"];
export type CameraUpdate = Schemas["CameraUpdate"];
export type IrisEvent = Schemas["Event"];
export type EventMessage = Schemas["EventMessage"];
export type System = Schemas["System"];
export type Identity = Schemas["Identity"];
export type IdentityDetail = Schemas["IdentityDetail"];
export type Sighting = Schemas["Sighting"];
export type Operation = Schemas["Operation"];
export type OpResult = Schemas["IdentityOpResult"];
export type Analytics = Schemas["IdentityAnalytics"];
export type FaceSample = Schemas["FaceSample"];
export type FaceGroup = Schemas["FaceGroup"];
export type Person = Schemas["Person"];
export type PersonFace = Schemas["PersonFace"];
