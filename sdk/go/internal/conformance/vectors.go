package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"malote.dev/receiver"
)

// vectors is a file of the format webhook-receiver-vectors/1.
type vectors struct {
	Format   string                     `json:"format"`
	Now      int64                      `json:"now"`
	Defaults options                    `json:"defaults"`
	Profiles map[string]json.RawMessage `json:"profiles"`
	Cases    []testCase                 `json:"cases"`
	Sessions []session                  `json:"sessions"`
}

// options holds what a case may set; an absent member is a nil.
type options map[string]json.RawMessage

type secret struct {
	Enc   string `json:"enc"`
	Value string `json:"value"`
}

type testCase struct {
	ID      string   `json:"id"`
	Profile string   `json:"profile"`
	Secrets []secret `json:"secrets"`
	Now     *int64   `json:"now"`
	Options options  `json:"options"`
	Request struct {
		Method  string      `json:"method"`
		Headers [][2]string `json:"headers"`
		Body    body        `json:"body"`
	} `json:"request"`
	Expect struct {
		Verify          string     `json:"verify"`
		HTTP            int        `json:"http"`
		Dispatch        string     `json:"dispatch"`
		MatchedSecret   *int       `json:"matched_secret"`
		ReplayProtected *bool      `json:"replay_protected"`
		Event           *eventText `json:"event"`
	} `json:"expect"`
}

type eventText struct {
	Type    string `json:"type"`
	EventID string `json:"event_id"`
}

type body struct {
	UTF8 *string `json:"utf8"`
	B64  *string `json:"b64"`
	Fill *struct {
		Byte  string `json:"byte"`
		Count int    `json:"count"`
	} `json:"fill"`
}

func load(path string) (*vectors, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file vectors
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	if file.Format != "webhook-receiver-vectors/1" {
		return nil, fmt.Errorf("format is %q, not webhook-receiver-vectors/1", file.Format)
	}
	return &file, nil
}

func (b body) bytes() ([]byte, error) {
	switch {
	case b.UTF8 != nil:
		return []byte(*b.UTF8), nil
	case b.B64 != nil:
		return base64.StdEncoding.DecodeString(*b.B64)
	case b.Fill != nil:
		return bytes.Repeat([]byte(b.Fill.Byte), b.Fill.Count), nil
	}
	return nil, nil
}

// header makes the map that net/http makes.
func header(pairs [][2]string) http.Header {
	made := http.Header{}
	for _, pair := range pairs {
		made.Add(pair[0], pair[1])
	}
	return made
}

func (file *vectors) profile(name string, secrets []secret) (receiver.Profile, error) {
	text, ok := file.Profiles[name]
	if !ok {
		return receiver.SchemeProfile(name)
	}
	profile, err := receiver.ParseProfile(text)
	profile.Name = name
	if len(secrets) > 0 && secrets[0].Enc != "" {
		profile.SecretEncoding = secrets[0].Enc
	}
	return profile, err
}

// settings turns the members of the defaults and then of the case into options of the SDK.
func settings(sets ...options) ([]receiver.Option, error) {
	var made []receiver.Option
	for _, set := range sets {
		for name, value := range set {
			option, err := setting(name, value)
			if err != nil {
				return nil, fmt.Errorf("option %s: %v", name, err)
			}
			made = append(made, option)
		}
	}
	return made, nil
}

// setting reads one option. Spans are in seconds, as everywhere in the contract.
func setting(name string, value json.RawMessage) (receiver.Option, error) {
	text := string(value)
	unchanged := receiver.WithPreviousSecrets()
	switch name {
	case "enforce_unsigned_timestamp":
		return pick(text, map[string]receiver.Option{
			"true": receiver.WithEnforceUnsignedTimestamp(), "false": unchanged})
	case "gone":
		return pick(text, map[string]receiver.Option{
			"true": receiver.WithGone(), "false": unchanged})
	case "on_store_error":
		return pick(text, map[string]receiver.Option{
			`"run"`: receiver.WithRunOnStoreError(), `"refuse"`: unchanged})
	case "unreadable":
		return pick(text, map[string]receiver.Option{
			`"park"`: receiver.WithParkUnreadable(), `"refuse"`: unchanged})
	case "tolerance":
		if text == "null" {
			return receiver.WithoutTolerance(), nil
		}
	}
	var amount float64
	if err := json.Unmarshal(value, &amount); err != nil {
		return nil, err
	}
	span := time.Duration(amount * float64(time.Second))
	numbers := map[string]receiver.Option{
		"tolerance": receiver.WithTolerance(span), "max_body": receiver.WithMaxBody(int64(amount)),
		"max_signatures": receiver.WithMaxSignatures(int(amount)),
		"budget":         receiver.WithBudget(span), "lease": receiver.WithLease(span),
		"ttl": receiver.WithTTL(span), "wait": receiver.WithWait(span),
	}
	return pick(name, numbers)
}

func pick(word string, from map[string]receiver.Option) (receiver.Option, error) {
	if option, ok := from[word]; ok {
		return option, nil
	}
	return nil, fmt.Errorf("%s is not known here", word)
}
