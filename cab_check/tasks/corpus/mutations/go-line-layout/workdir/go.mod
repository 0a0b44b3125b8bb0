module example/fold

go 1.19
