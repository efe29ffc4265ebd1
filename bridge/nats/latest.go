package bridge

import "context"

func (b *Bridge) startLatest(start func(func(context.Context) error)) {}
