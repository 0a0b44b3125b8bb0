module preview/gather

go 1.19
