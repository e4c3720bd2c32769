package main

import (
	"sync"
	"time"
)

// scriptedClock moves when it is told to. Its long timers, those of budgets, fire when it passes
// them. The short pauses of a copy that waits for another last until pause returns instead.
type scriptedClock struct {
	pause  func()
	mutex  sync.Mutex
	now    time.Time
	timers map[*timer]bool
}

type timer struct {
	at    time.Time
	fired chan time.Time
}

const longestPause = 250 * time.Millisecond

func (c *scriptedClock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *scriptedClock) NewTimer(d time.Duration) (<-chan time.Time, func()) {
	if d <= longestPause {
		fired := make(chan time.Time, 1)
		go func() {
			c.pause()
			fired <- c.Now()
		}()
		return fired, func() {}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.timers == nil {
		c.timers = map[*timer]bool{}
	}
	added := &timer{c.now.Add(d), make(chan time.Time, 1)}
	c.timers[added] = true
	return added.fired, func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.timers, added)
	}
}

func (c *scriptedClock) advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
	for t := range c.timers {
		if !t.at.After(c.now) {
			t.fired <- c.now
			delete(c.timers, t)
		}
	}
}
