# fish: completion of cab. In ~/.config/fish/config.fish: cab completion fish | source

function __cab_offered
    set -l line (commandline -cp | string collect)
    set -l word (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' $word; or echo)
    set -l path (string sub -s (math (string length -- "$option") + 1) -- $word)
    for offered in (env _CAB_COMPLETE="$line" (commandline -opc)[1] 2>/dev/null)
        set -l parts (string split -m 1 \t -- $offered)
        switch $parts[1]
            case plain
                printf '%s\n' $parts[2]
            case dir
                printf '%s\n' $option(__fish_complete_directories $path)
            case file
                printf '%s\n' $option(__fish_complete_path $path)
        end
    end
end

complete --command cab --no-files --keep-order --arguments '(__cab_offered)'
complete --command cab-check --no-files --keep-order --arguments '(__cab_offered)'
