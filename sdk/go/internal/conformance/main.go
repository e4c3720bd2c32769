// Command conformance runs a file of receiver cases and sessions against this SDK.
//
//	conformance FILE [--json]
//
// It prints a line for each case and then "N passed, N failed", and exits 1 if one failed.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
)

func main() {
	path, asJSON := "", false
	for _, argument := range os.Args[1:] {
		if argument == "--json" {
			asJSON = true
		} else {
			path = argument
		}
	}
	if path == "" {
		fmt.Fprintln(os.Stderr, "usage: conformance FILE [--json]")
		os.Exit(2)
	}
	file, err := load(path)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
		os.Exit(2)
	}
	log.SetOutput(io.Discard) // where the SDK reports the failures that the sessions ask for
	if failed := runAll(file, asJSON); failed > 0 {
		os.Exit(1)
	}
}

func runAll(file *vectors, asJSON bool) (failed int) {
	passed := 0
	print := func(id string, line any, problems []string) {
		if len(problems) == 0 {
			passed++
		} else {
			failed++
		}
		if asJSON {
			text, _ := json.Marshal(line)
			fmt.Println(string(text))
		} else if len(problems) == 0 {
			fmt.Println("ok", id)
		}
		for _, problem := range problems {
			fmt.Fprintf(os.Stderr, "FAILED %s: %s\n", id, problem)
		}
	}
	for i := range file.Cases {
		got, problems := runCase(file, &file.Cases[i])
		print(file.Cases[i].ID, got, problems)
	}
	for i := range file.Sessions {
		got, problems := runSession(file, &file.Sessions[i])
		print(file.Sessions[i].ID, got, problems)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return failed
}
