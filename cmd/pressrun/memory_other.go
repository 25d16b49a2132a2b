//go:build !linux

package main

import "time"

// peakMemory is not known here.
func peakMemory() int64 { return 0 }

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
