package main

import "testing"

func TestItRuns(t *testing.T) {
	if err := run(""); err != nil {
		t.Error(err)
	}
}
