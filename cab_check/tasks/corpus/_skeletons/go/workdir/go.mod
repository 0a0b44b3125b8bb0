module own/clamp

go 1.20
