package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// encode writes v as indented JSON, so that committed evidence can be compared line
// by line. A NaN or an infinity is an error: JSON has no word for either, and a
// number that cannot be known is null here.
func encode(w io.Writer, v any) error {
	fillNil(reflect.ValueOf(v))
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// fillNil makes every nil list and map below v empty: readers of other languages
// loop over [] but stumble over null.
func fillNil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillNil(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillNil(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fillNil(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		if v.Type().Elem().Kind() == reflect.Struct {
			fillNilValues(v)
		}
	}
}

// fillNilValues does it for the structs in a map, which cannot be changed in place.
func fillNilValues(m reflect.Value) {
	for _, key := range m.MapKeys() {
		filled := reflect.New(m.Type().Elem()).Elem()
		filled.Set(m.MapIndex(key))
		fillNil(filled)
		m.SetMapIndex(key, filled)
	}
}

// decode reads one JSON document of the format id into v. The version is looked at
// first: a newer document may have fields that this program would call unknown.
func decode(r io.Reader, id string, newest int, v any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var head struct {
		Schema        string `json:"schema"`
		SchemaVersion int    `json:"schema_version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return explain(data, err)
	}
	switch {
	case head.Schema != id:
		return fmt.Errorf("schema is %q, want %q: not a file of this kind", head.Schema, id)
	case head.SchemaVersion > newest:
		return fmt.Errorf("written by a newer rlbench (schema %d); this one reads up to %d", head.SchemaVersion, newest)
	case head.SchemaVersion < 1:
		return fmt.Errorf("schema version %d does not exist", head.SchemaVersion)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return explain(data, d.Decode(v))
}

// explain turns the errors of encoding/json into sentences about the file.
func explain(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("file is empty")
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(data)):
		return fmt.Errorf("file is cut off after %d bytes", len(data))
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(data[:syntax.Offset], []byte("\n"))
		return fmt.Errorf("line %d is not JSON: %w", line, err)
	case errors.As(err, &kind) && kind.Type.Kind() == reflect.Float64 && strings.HasPrefix(kind.Value, "number"):
		return fmt.Errorf("field %s is the %s: at most 1.8e308 can be read", kind.Field, kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("field %s is a %s, want %s", kind.Field, kind.Value, Wanted(kind.Type))
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: ") + ": edited by hand, or of another program")
}

// Wanted is a type in words of JSON and YAML.
func Wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Float64:
		return "a number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a whole number"
}
