# Trang trợ giúp: mỗi việc làm thế nào. Tên nút lấy từ chính nút ấy.
help = Trợ giúp
help-lead = Mỗi việc vài bước. Trang nào cũng báo trước khi phát, và lịch phát hủy được, nên bạn cứ thử.
help-jobs = Chọn việc
help-others = Việc của người khác
help-where = Xem cách làm

help-record = Ghi âm và gửi duyệt
help-record-1 = Ở trang chính bấm “{ bulletins-new }”. Ghi tiêu đề, lời đọc, hạn phát rồi bấm “{ bulletins-save-draft }”.
help-record-2 = Chạm vào ngôn ngữ cần ghi, bấm “{ recorder-start }”, đợi đếm ngược rồi đọc. Máy cách miệng một gang tay, ở nơi yên tĩnh.
help-record-3 = Đọc xong bấm “{ recorder-stop }” và nghe lại. Trang cho biết tiếng quá nhỏ, quá to hay ồn. Chưa được thì bấm “{ recorder-again }”.
help-record-4 = Bấm “{ recorder-send }”. Mất mạng cũng không mất bản ghi: mở lại trang trên máy này rồi bấm “{ recorder-resume }”.
help-record-5 = Đủ các ngôn ngữ thì bấm “{ bulletins-submit }”. Nếu bị trả lại, trang chính ghi lý do: bấm “{ bulletins-edit }” hoặc “{ bulletins-record-again }” rồi gửi lại.

help-approve = Nghe và duyệt bản tin
help-approve-1 = Trang chính liệt kê bản tin chờ duyệt. Bấm “{ front-listen }”.
help-approve-2 = Nghe hết từng ngôn ngữ và đọc lời ghi kèm. Điều bạn nghe chính là điều loa sẽ phát.
help-approve-3 = Đúng thì bấm “{ bulletins-approve }”. Chưa đúng thì ghi lý do rồi bấm “{ bulletins-reject }”.
help-approve-4 = Duyệt nhầm thì mở bản tin và bấm “{ bulletins-withdraw }”: bản tin dừng ở mọi nơi, kể cả khi đang phát.

help-schedule = Chọn giờ phát
help-schedule-1 = Ở trang chính, bên cạnh bản tin đã duyệt, bấm “{ choose-when }”.
help-schedule-2 = Chạm một giờ có sẵn, hoặc “{ choose-in-calendar }”, hoặc “{ choose-other }”. Lịch lặp lại thì nên chọn buổi sáng, buổi chiều: giờ tự đổi theo mùa.
help-schedule-3 = Chọn thôn rồi bấm “{ broadcasts-look }”: trang cho biết thôn nào nghe lúc nào, có trùng lịch hay rơi vào giờ yên lặng không.
help-schedule-4 = Bấm “{ broadcasts-place }”. Lịch tự đến máy ở thôn; đến giờ loa tự phát, cả khi lúc đó mất mạng. Trong lịch, “{ rehearsal-title }” cho nghe trước thôn sẽ nghe gì.
help-schedule-5 = Đổi ý thì mở lịch phát và bấm “{ broadcasts-move }” hoặc “{ broadcasts-cancel }”.

help-stop = Tắt loa ngay
help-stop-1 = Khi loa đang phát, trang chính có nút đỏ “{ stops-press }”. Bấm nút đó.
help-stop-2 = Trang cho biết từng trạm đã dừng chưa. Trạm mất mạng thì gọi người ở thôn bấm “{ stops-press }” trên máy.
help-stop-3 = Lượt đã dừng không phát lại; các lượt sau vẫn theo lịch. Muốn bỏ hẳn thì bấm “{ broadcasts-cancel }” ở lịch phát.

help-emergency = Phát khẩn cấp
help-emergency-1 = Chỉ dùng khi phải báo ngay: lũ, cháy, tìm người. Loa phát cả trong giờ yên lặng.
help-emergency-2 = Chuẩn bị từ trước: chạm tên bạn ở góc trên, vào trang tài khoản, bấm “{ account-pin-set }”.
help-emergency-3 = Mở mục “{ emergencies-title }”, bấm “{ emergencies-order }”. Chạm bản tin đã duyệt; nơi phát, số lần, lý do đã chọn sẵn và sửa được.
help-emergency-4 = Xem thôn nào sẽ nghe, gõ mã PIN và bấm “{ emergencies-sound-now }”. Trang cho biết từng thôn đã nhận, đang phát hay đã phát xong.
help-emergency-5 = Hết việc thì bấm “{ emergencies-cancel-everywhere }”. Nên tập trước: đánh dấu ô “{ emergencies-drill }”.

help-at-pc = Ở máy tại thôn
help-at-pc-1 = Màn hình cho biết loa đang phát gì, sắp phát gì và lúc nào.
help-at-pc-2 = Nút “{ stops-press }” tắt tiếng ngay; ai đứng ở máy cũng bấm được.
help-at-pc-3 = Nút KHẨN CẤP phát bản tin đặt sẵn: chọn bản tin, chọn tên bạn, gõ mã PIN. Mất mạng vẫn dùng được.
help-at-pc-4 = Máy hỏi giờ thì so với đồng hồ đúng rồi mới xác nhận: chưa chắc giờ, loa không tự phát.

help-heard = Bà con có nghe được không?
help-heard-1 = Mở mục “{ reports-title }”: bản tin nào sắp phát, thôn nào sẽ không nghe được, vì sao và cần làm gì.
help-heard-2 = Mở “{ as-run-title }” để xem từng lượt đã phát, bị cắt hay bị lỡ, và nguyên nhân.
help-heard-3 = Ở câu hỏi “{ reports-how-heard }”, người ở thôn chạm một lần để báo nghe rõ hay không.

help-lights = Màu của các trạm nghĩa là gì
help-lights-1 = Xanh: mọi thứ ổn, đến giờ loa sẽ phát.
help-lights-2 = Vàng: cần để ý, ví dụ trạm mất mạng hay đang tải bản ghi. Loa có thể vẫn phát.
help-lights-3 = Đỏ: loa sẽ không phát hoặc không ai nghe được. Mở trạm ra xem lý do và việc cần làm.
help-lights-4 = Mất mạng không có nghĩa là im lặng: trạm phát những gì đã tải, rồi báo lại khi có mạng.

help-keep = Thêm người và trạm
help-keep-1 = Thêm địa bàn trước: mở xã, bấm “{ areas-add-below }”.
help-keep-2 = Mở “{ people-title }”, bấm “{ people-add }”, chọn đúng vai trò và đúng thôn. Mật khẩu tạm chỉ hiện một lần: đưa tận tay.
help-keep-3 = Ai quên mật khẩu thì mở người đó và bấm “{ people-password-reset }”.
help-keep-4 = Mở “{ stations-title }”, bấm “{ stations-add }”, rồi gõ mã cài đặt ở máy tại thôn.
help-keep-5 = Máy hỏng thì bấm “{ stations-code-issue }” ở đúng trạm đó: máy mới thay máy cũ, nhật ký vẫn liền.
