package result

import "embed"

// Schemas are the published JSON Schemas of result.json and environment.json, which are
// those of the Go types: result.schema.json and environment.schema.json.
//
//go:embed *.schema.json
var Schemas embed.FS
